// Resend in Node: emails, domains, contacts and errors, which the SDK returns instead of throwing.

process.env.RESEND_BASE_URL = process.env.LOCUM_URL
const { Resend } = await import('resend')
const { check, equal, have, matches, step } = await import('../session.mjs')

const resend = new Resend('re_locum')
const email = { from: 'Acme <acme@example.com>', to: ['ada@example.com'], subject: 'Hello', html: '<p>Hi</p>' }
const ok = ({ data, error }) => {
  check(!error, `error ${JSON.stringify(error)}`)
  return data
}

await step('send an email', async () => {
  have.email = ok(await resend.emails.send(email)).id
  matches(have.email, /^[0-9a-f-]{36}$/)
})
await step('get the email', async () => {
  const seen = ok(await resend.emails.get(have.email))
  equal([seen.object, seen.id, seen.subject, seen.to], ['email', have.email, 'Hello', ['ada@example.com']], 'object, id, subject, to')
})
await step('list emails by pages to the end, each once', async () => {
  const found = []
  let after
  for (let page = 0; page < 60; page += 1) {
    const list = ok(await resend.emails.list({ limit: 3, ...(after ? { after } : {}) }))
    equal(list.object, 'list', 'object')
    found.push(...list.data.map((one) => one.id))
    if (!list.has_more) break
    after = found.at(-1)
  }
  check(found.includes(have.email), 'the new email is not in the list')
  equal(new Set(found).size, found.length, 'ids')
})
await step('an idempotency key sends once', async () => {
  const one = ok(await resend.emails.send(email, { idempotencyKey: 'key-1' }))
  equal(ok(await resend.emails.send(email, { idempotencyKey: 'key-1' })).id, one.id, 'the second id')
})
await step('create a domain', async () => {
  const made = ok(await resend.domains.create({ name: 'example.com' }))
  have.domain = made.id
  equal(made.name, 'example.com', 'name')
  check(['not_started', 'pending'].includes(made.status), `status is ${made.status}`)
})
await step('update the domain, and see it', async () => {
  ok(await resend.domains.update({ id: have.domain, openTracking: true }))
  equal(ok(await resend.domains.get(have.domain)).open_tracking, true, 'open_tracking')
})
await step('remove the domain: it is not found after', async () => {
  const gone = ok(await resend.domains.remove(have.domain))
  equal([gone.object, gone.id, gone.deleted], ['domain', have.domain, true], 'object, id, deleted')
  const { error } = await resend.domains.get(have.domain)
  equal(error?.statusCode, 404, 'status')
})
await step('create a contact, update and remove it', async () => {
  const made = ok(await resend.contacts.create({ email: 'ada@example.com', firstName: 'Ada' }))
  ok(await resend.contacts.update({ id: made.id, lastName: 'King' }))
  const seen = ok(await resend.contacts.get({ id: made.id }))
  equal([seen.email, seen.first_name, seen.last_name], ['ada@example.com', 'Ada', 'King'], 'email, first_name, last_name')
  equal(ok(await resend.contacts.remove({ id: made.id })).deleted, true, 'deleted')
})
await step('a topic: create, read, list', async () => {
  const made = ok(await resend.topics.create({ name: 'News', defaultSubscription: 'opt_in' }))
  equal(ok(await resend.topics.get(made.id)).name, 'News', 'name')
  check(ok(await resend.topics.list()).data.some((one) => one.id === made.id), 'the new topic is not in the list')
})
await step('an email without a recipient is a validation error with a name and a message', async () => {
  const { error } = await resend.emails.send({ from: 'a@example.com', subject: 'None', html: 'x' })
  check(error && error.message && [400, 422].includes(error.statusCode), `error is ${JSON.stringify(error)}`)
})
await step('an unknown email is not found', async () => {
  const { error } = await resend.emails.get('00000000-0000-4000-8000-000000000000')
  equal(error?.statusCode, 404, 'status')
})
