// dockerode in Node: containers, images, volumes, networks, and the engine itself.
import Docker from 'dockerode'
import { URL_, check, equal, error, have, matches, step } from '../session.mjs'

const { hostname, port } = new URL(URL_)
const docker = new Docker({ protocol: 'http', host: hostname, port, version: 'v1.56', timeout: 15000 })
const gone = (problem) => problem.statusCode === 404

await step('ping', async () => {
  equal(String(await docker.ping()), 'OK', 'ping')
})
await step('the version of the engine', async () => {
  const seen = await docker.version()
  check(seen.ApiVersion && seen.Version, `members are ${Object.keys(seen)}`)
})
await step('information about the engine', async () => {
  const seen = await docker.info()
  check(Number.isInteger(seen.Containers), 'Containers is no number')
})
await step('create a container', async () => {
  const made = await docker.createContainer({ Image: 'library/nginx:1.27', name: 'web', Cmd: ['nginx', '-t'], Labels: { team: 'shop' } })
  have.id = made.id
  matches(made.id, /^[0-9a-f]{64}$/)
})
await step('the new container is created, of its image, with its command', async () => {
  const seen = await docker.getContainer(have.id).inspect()
  equal([seen.Id, seen.State.Status, seen.Name], [have.id, 'created', '/web'], 'Id, Status, Name')
  equal([seen.Config.Image, seen.Config.Cmd, seen.Config.Labels], ['library/nginx:1.27', ['nginx', '-t'], { team: 'shop' }], 'Config')
})
await step('start the container: it runs', async () => {
  const container = docker.getContainer(have.id)
  await container.start()
  const seen = await container.inspect()
  equal([seen.State.Status, seen.State.Running], ['running', true], 'State')
})
await step('list containers: the new one is among them, each once', async () => {
  const found = await docker.listContainers()
  const ids = found.map((one) => one.Id)
  check(ids.includes(have.id), 'the new container is not in the list')
  equal(new Set(ids).size, ids.length, 'number of ids')
})
await step('list containers by a label', async () => {
  const found = await docker.listContainers({ all: true, filters: { label: ['team=shop'] } })
  check(found.some((one) => one.Id === have.id), 'the new container is not in the list')
  check(found.every((one) => one.Labels.team === 'shop'), 'others are in the list')
})
await step('execute a command in the container', async () => {
  const made = await docker.getContainer(have.id).exec({ Cmd: ['ls', '/'], AttachStdout: true })
  const seen = await made.inspect()
  equal([seen.ID, seen.ContainerID], [made.id, have.id], 'ID, ContainerID')
})
await step('the logs of the container are bytes', async () => {
  const logs = await docker.getContainer(have.id).logs({ stdout: true })
  check(Buffer.isBuffer(logs), `logs are ${typeof logs}`)
})
await step('rename the container: it is found by its new name', async () => {
  await docker.getContainer(have.id).rename({ name: 'front' })
  equal((await docker.getContainer('front').inspect()).Id, have.id, 'Id')
})
await step('pause and unpause the container', async () => {
  const container = docker.getContainer(have.id)
  await container.pause()
  equal((await container.inspect()).State.Status, 'paused', 'Status')
  await container.unpause()
  equal((await container.inspect()).State.Status, 'running', 'Status')
})
await step('stop the container, and wait for its exit code', async () => {
  const container = docker.getContainer(have.id)
  await container.stop()
  equal((await container.inspect()).State.Status, 'exited', 'Status')
  check(Number.isInteger((await container.wait()).StatusCode), 'StatusCode is no number')
})
await step('remove the container: it is not found after', async () => {
  await docker.getContainer(have.id).remove()
  await error(() => docker.getContainer(have.id).inspect(), gone, '404')
})
await step('an unknown container is not found, with a message', async () => {
  await error(() => docker.getContainer('nothing').start(), (problem) => gone(problem) && problem.json.message, '404 with a message')
})
await step('create a volume, and find it', async () => {
  await docker.createVolume({ Name: 'data', Labels: { team: 'shop' } })
  const seen = await docker.getVolume('data').inspect()
  equal([seen.Name, seen.Labels], ['data', { team: 'shop' }], 'Name, Labels')
  check((await docker.listVolumes()).Volumes.some((one) => one.Name === 'data'), 'the new volume is not in the list')
})
await step('remove the volume: it is not found after', async () => {
  await docker.getVolume('data').remove()
  await error(() => docker.getVolume('data').inspect(), gone, '404')
})
await step('create a network, and find it', async () => {
  const made = await docker.createNetwork({ Name: 'back', Driver: 'bridge' })
  const seen = await docker.getNetwork(made.id).inspect()
  equal([seen.Id, seen.Name, seen.Driver], [made.id, 'back', 'bridge'], 'Id, Name, Driver')
  await docker.getNetwork(made.id).remove()
  await error(() => docker.getNetwork(made.id).inspect(), gone, '404')
})
await step('list images: each can be inspected, under its id', async () => {
  const found = await docker.listImages()
  check(found.length > 0, 'there is no image')
  for (const one of found.slice(0, 3)) equal((await docker.getImage(one.Id).inspect()).Id, one.Id, 'Id')
})
await step('tag an image with a name that has a slash: it is found by it', async () => {
  const [{ Id }] = await docker.listImages()
  await docker.getImage(Id).tag({ repo: 'shop/web', tag: '1.0' })
  const seen = await docker.getImage('shop/web:1.0').inspect()
  equal(seen.Id, Id, 'Id')
  check(seen.RepoTags.includes('shop/web:1.0'), 'the tag is not in RepoTags')
})
await step('the history of an image with a slash in its name', async () => {
  check((await docker.getImage('shop/web:1.0').history()).length > 0, 'the history is empty')
})
await step('how much is used', async () => {
  check(await docker.df(), 'there is no answer')
})
