"""The handlers of control.yaml: one class for each tag, one method for each operation."""
