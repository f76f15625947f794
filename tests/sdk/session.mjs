// Steps of a session with an SDK in Node; see session.py, which does the same in Python.

export const URL_ = (process.env.LOCUM_URL ?? 'http://127.0.0.1:4010/').replace(/\/+$/, '')
const MOST = 300

class Wrong extends Error {}
class Missing extends Error {}

// What a later step needs of an earlier one.
export const have = new Proxy({}, {
  get(target, name) {
    if (!(name in target)) throw new Missing(`needs \`${String(name)}\` of an earlier step that was wrong`)
    return target[name]
  },
})

// Run one step: it is right when nothing in it throws.
export async function step(name, body) {
  let reason = ''
  try {
    await Promise.race([body(), new Promise((_, reject) => setTimeout(() => reject(new Wrong('no response in 20 s')), 20000).unref())])
  } catch (problem) {
    const text = String(problem?.message ?? problem).replace(/\s+/g, ' ')
    reason = problem instanceof Wrong || problem instanceof Missing ? text : `${problem?.constructor?.name}: ${text}`
  }
  process.stdout.write('\x1e' + JSON.stringify({ step: name, reason: reason.slice(0, 400) }) + '\n')
}

const short = (value) => (JSON.stringify(value) ?? String(value)).slice(0, 160)

// Fail the step with a sentence unless a fact holds.
export function check(fact, sentence) {
  if (!fact) throw new Wrong(sentence)
}

// Fail the step unless what is seen is what a client expects.
export function equal(seen, wanted, what = 'value') {
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Wrong(`${what} is ${short(seen)}, expected ${short(wanted)}`)
}

// Fail the step unless a text matches a pattern.
export function matches(seen, pattern, what = 'id') {
  if (typeof seen !== 'string' || !pattern.test(seen)) throw new Wrong(`${what} is ${short(seen)}, expected the form ${pattern}`)
}

// Fail the step unless the call rejects with an error of which a fact holds.
export async function error(call, fact, sentence) {
  let problem
  try {
    await call()
  } catch (thrown) {
    problem = thrown
  }
  if (problem instanceof Missing) throw problem
  if (problem === undefined) throw new Wrong(`no error, expected ${sentence}`)
  if (!fact(problem)) throw new Wrong(`${problem?.constructor?.name} ${short(String(problem?.message))}, expected ${sentence}`)
}

// Return all elements that an SDK's pagination yields; fail where it does not end or repeats one.
export async function toTheEnd(elements, key) {
  const found = []
  for await (const one of elements) {
    found.push(one)
    check(found.length < MOST, `pagination does not end: ${MOST} elements`)
  }
  check(found.length > 0, 'pagination yields no element')
  if (key) {
    const keys = new Set(found.map(key))
    check(keys.size === found.length, `pagination repeats an element: ${found.length} elements, ${keys.size} keys`)
  }
  return found
}
