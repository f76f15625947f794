// Stripe in Node: customers, payment intents, invoices, webhooks' endpoints, checkout and search.

import Stripe from 'stripe'
import { URL_, check, equal, error, have, step, toTheEnd } from '../session.mjs'

const { hostname, port } = new URL(URL_)
const stripe = new Stripe('sk_test_locum', { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, timeout: 15000 })

await step('create a customer with an address', async () => {
  const made = await stripe.customers.create({ email: 'ada@example.com', address: { city: 'Berlin', country: 'DE' }, metadata: { plan: 'pro' } })
  have.customer = made.id
  equal([made.object, made.email, made.address?.city, made.address?.country], ['customer', 'ada@example.com', 'Berlin', 'DE'], 'object, email, city, country')
  equal(made.metadata, { plan: 'pro' }, 'metadata')
})
await step('retrieve and update the customer', async () => {
  await stripe.customers.update(have.customer, { name: 'Ada' })
  const seen = await stripe.customers.retrieve(have.customer)
  equal([seen.id, seen.name, seen.email], [have.customer, 'Ada', 'ada@example.com'], 'id, name, email')
})
await step('created is a time in seconds, not in the future', async () => {
  const { created } = await stripe.customers.retrieve(have.customer)
  check(Number.isInteger(created) && created > 1e9 && created < 4e9, `created is ${created}`)
})
await step('list customers by auto-pagination to the end, each once', async () => {
  const found = await toTheEnd(stripe.customers.list({ limit: 3 }), (one) => one.id)
  check(found.some((one) => one.id === have.customer), 'the new customer is not in the list')
})
await step('list backwards from a customer by ending_before', async () => {
  const first = (await stripe.customers.list({ limit: 4 })).data.map((one) => one.id)
  const before = await stripe.customers.list({ limit: 10, ending_before: first[3] })
  equal(before.data.map((one) => one.id), first.slice(0, 3), 'ids')
})
await step('an idempotency key creates once', async () => {
  const make = () => stripe.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'key-node' })
  const one = await make()
  equal((await make()).id, one.id, 'the second id')
})
await step('create a payment intent with a list and an object', async () => {
  const made = await stripe.paymentIntents.create({
    amount: 2500, currency: 'eur', customer: have.customer, payment_method_types: ['card'], shipping: { name: 'Ada', address: { line1: 'One' } },
  })
  have.intent = made.id
  equal([made.amount, made.currency, made.payment_method_types], [2500, 'eur', ['card']], 'amount, currency, types')
  equal([made.shipping?.name, made.shipping?.address?.line1], ['Ada', 'One'], 'shipping')
  check(made.client_secret, 'client_secret is missing')
})
await step('expand the customer of the payment intent', async () => {
  const seen = await stripe.paymentIntents.retrieve(have.intent, { expand: ['customer'] })
  equal([seen.customer?.id, seen.customer?.email], [have.customer, 'ada@example.com'], 'customer')
})
await step('without expand the customer is an id', async () => {
  equal((await stripe.paymentIntents.retrieve(have.intent)).customer, have.customer, 'customer')
})
await step('an invoice: a draft, then open, then paid', async () => {
  const made = await stripe.invoices.create({ customer: have.customer, collection_method: 'send_invoice', days_until_due: 30 })
  equal([made.object, made.customer, made.status], ['invoice', have.customer, 'draft'], 'object, customer, status')
  equal((await stripe.invoices.finalizeInvoice(made.id)).status, 'open', 'status')
  equal((await stripe.invoices.pay(made.id)).status, 'paid', 'status')
})
await step('a webhook endpoint: create, list, delete', async () => {
  const made = await stripe.webhookEndpoints.create({ url: 'https://example.com/hook', enabled_events: ['charge.succeeded'] })
  equal([made.object, made.url, made.enabled_events], ['webhook_endpoint', 'https://example.com/hook', ['charge.succeeded']], 'object, url, events')
  equal(made.status, 'enabled', 'status')
  const gone = await stripe.webhookEndpoints.del(made.id)
  equal([gone.id, gone.deleted], [made.id, true], 'id, deleted')
})
await step('a checkout session: open, with an address', async () => {
  const made = await stripe.checkout.sessions.create({
    mode: 'payment', success_url: 'https://example.com/ok',
    line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 500, product_data: { name: 'Tea' } } }],
  })
  equal([made.object, made.mode, made.status], ['checkout.session', 'payment', 'open'], 'object, mode, status')
  check(String(made.url).startsWith('http'), `url is ${made.url}`)
})
await step('a balance has amounts in currencies', async () => {
  const seen = await stripe.balance.retrieve()
  equal(seen.object, 'balance', 'object')
  check(seen.available.every((one) => Number.isInteger(one.amount) && /^[a-z]{3}$/.test(one.currency)), 'amounts or currencies are none')
})
await step('search customers', async () => {
  const seen = await stripe.customers.search({ query: "email:'ada@example.com'" })
  equal(seen.object, 'search_result', 'object')
  check(seen.data.some((one) => one.id === have.customer), 'the new customer is not found')
})
await step('events have a type and an object', async () => {
  const seen = await stripe.events.list({ limit: 2 })
  equal(seen.data.map((one) => one.object), ['event', 'event'], 'objects')
  check(seen.data.every((one) => one.data?.object), 'data.object is missing')
})
await step('an amount that is no number is an invalid request', async () => {
  await error(() => stripe.paymentIntents.create({ amount: 'much', currency: 'usd' }), (one) => one instanceof Stripe.errors.StripeInvalidRequestError, 'StripeInvalidRequestError')
})
await step('an unknown id is an invalid request with 404', async () => {
  await error(() => stripe.paymentIntents.retrieve('pi_unknown123'), (one) => one instanceof Stripe.errors.StripeInvalidRequestError && one.statusCode === 404, '404')
})
await step('a customer that does not exist is no customer of a payment intent', async () => {
  await error(() => stripe.paymentIntents.create({ amount: 1, currency: 'usd', customer: 'cus_nobody' }), (one) => one instanceof Stripe.errors.StripeInvalidRequestError, 'StripeInvalidRequestError')
})
await step('delete the customer', async () => {
  const gone = await stripe.customers.del(have.customer)
  equal([gone.id, gone.deleted], [have.customer, true], 'id, deleted')
})
