// Octokit in Node: repositories, issues, comments, labels, milestones, releases, contents and pagination.

import { Octokit } from '@octokit/rest'
import { URL_, check, equal, error, have, step, toTheEnd } from '../session.mjs'

const octokit = new Octokit({ auth: 'ghp_locum', baseUrl: URL_, log: { debug() {}, info() {}, warn() {}, error() {} } })
const is = (status) => (problem) => problem.status === status
const here = () => ({ owner: have.owner, repo: have.repo })

await step('the authenticated user', async () => {
  const { data } = await octokit.rest.users.getAuthenticated()
  have.owner = data.login
  equal(data.type, 'User', 'type')
  check(Number.isInteger(data.id), 'id is no number')
})
await step('create a repository', async () => {
  const { data, status } = await octokit.rest.repos.createForAuthenticatedUser({ name: 'atlas', description: 'Maps', private: true })
  equal(status, 201, 'status')
  have.repo = data.name
  equal([data.name, data.description, data.private], ['atlas', 'Maps', true], 'name, description, private')
  equal([data.full_name, data.owner.login], [`${have.owner}/atlas`, have.owner], 'full_name, owner')
})
await step('get the repository', async () => {
  const { data } = await octokit.rest.repos.get(here())
  equal([data.name, data.description, data.full_name], ['atlas', 'Maps', `${have.owner}/atlas`], 'name, description, full_name')
})
await step('list repositories of the user to the end, the new one among them', async () => {
  const found = await octokit.paginate(octokit.rest.repos.listForAuthenticatedUser, { per_page: 4 })
  check(found.some((one) => one.full_name === `${have.owner}/atlas`), 'the new repository is not in the list')
  equal(new Set(found.map((one) => one.id)).size, found.length, 'ids')
})
await step('update the repository: other members stay', async () => {
  const { data } = await octokit.rest.repos.update({ ...here(), description: 'All maps' })
  equal([data.name, data.description, data.private], ['atlas', 'All maps', true], 'name, description, private')
})
await step('create an issue: it is open, with its labels', async () => {
  const { data } = await octokit.rest.issues.create({ ...here(), title: 'Broken', body: 'It does not work', labels: ['bug'] })
  have.number = data.number
  check(Number.isInteger(data.number) && data.number > 0, `number is ${data.number}`)
  equal([data.title, data.body, data.state], ['Broken', 'It does not work', 'open'], 'title, body, state')
  equal(data.labels.map((one) => one.name), ['bug'], 'labels')
  equal(data.closed_at, null, 'closed_at')
})
await step('a second issue has the next number', async () => {
  const { data } = await octokit.rest.issues.create({ ...here(), title: 'Second' })
  equal(data.number, have.number + 1, 'number')
})
await step('get the issue', async () => {
  const { data } = await octokit.rest.issues.get({ ...here(), issue_number: have.number })
  equal([data.number, data.title], [have.number, 'Broken'], 'number, title')
})
await step('close the issue: it has closed_at and a reason', async () => {
  const { data } = await octokit.rest.issues.update({ ...here(), issue_number: have.number, state: 'closed', state_reason: 'completed' })
  equal([data.state, data.state_reason, data.title], ['closed', 'completed', 'Broken'], 'state, state_reason, title')
  check(data.closed_at, 'closed_at is null')
})
await step('list closed issues: only those', async () => {
  const found = await octokit.paginate(octokit.rest.issues.listForRepo, { ...here(), state: 'closed' })
  check(found.some((one) => one.number === have.number), 'the closed issue is not in the list')
  equal([...new Set(found.map((one) => one.state))], ['closed'], 'states')
})
await step('list open issues: the closed one is not among them', async () => {
  const found = await octokit.paginate(octokit.rest.issues.listForRepo, here())
  check(!found.some((one) => one.number === have.number), 'the closed issue is in the list')
  equal([...new Set(found.map((one) => one.state))], ['open'], 'states')
})
await step('paginate issues to the end, each once', async () => {
  for (const title of ['Third', 'Fourth']) await octokit.rest.issues.create({ ...here(), title })
  const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, { ...here(), state: 'all', per_page: 3 })
  const all = async function* () { for await (const page of pages) yield* page.data }
  const found = await toTheEnd(all(), (one) => one.number)
  check(found.length > 3, `${found.length} issues`)
})
await step('comment on the issue, and list the comment', async () => {
  const { data } = await octokit.rest.issues.createComment({ ...here(), issue_number: have.number, body: 'Seen' })
  have.comment = data.id
  equal(data.body, 'Seen', 'body')
  const { data: list } = await octokit.rest.issues.listComments({ ...here(), issue_number: have.number, per_page: 100 })
  check(list.some((one) => one.id === have.comment), 'the new comment is not in the list')
})
await step('edit and delete the comment', async () => {
  const { data } = await octokit.rest.issues.updateComment({ ...here(), comment_id: have.comment, body: 'Seen twice' })
  equal([data.id, data.body], [have.comment, 'Seen twice'], 'id, body')
  await octokit.rest.issues.deleteComment({ ...here(), comment_id: have.comment })
  await error(() => octokit.rest.issues.getComment({ ...here(), comment_id: have.comment }), is(404), '404')
})
await step('create a label, read and delete it', async () => {
  const { data } = await octokit.rest.issues.createLabel({ ...here(), name: 'urgent', color: 'ff0000' })
  equal([data.name, data.color], ['urgent', 'ff0000'], 'name, color')
  equal((await octokit.rest.issues.getLabel({ ...here(), name: 'urgent' })).data.color, 'ff0000', 'color')
  await octokit.rest.issues.deleteLabel({ ...here(), name: 'urgent' })
  await error(() => octokit.rest.issues.getLabel({ ...here(), name: 'urgent' }), is(404), '404')
})
await step('add a label to the issue', async () => {
  await octokit.rest.issues.addLabels({ ...here(), issue_number: have.number, labels: ['later'] })
  const { data } = await octokit.rest.issues.get({ ...here(), issue_number: have.number })
  check(data.labels.map((one) => one.name).includes('later'), `labels are ${data.labels.map((one) => one.name)}`)
})
await step('create a milestone: it is open', async () => {
  const { data } = await octokit.rest.issues.createMilestone({ ...here(), title: 'v1' })
  equal([data.title, data.state], ['v1', 'open'], 'title, state')
  equal((await octokit.rest.issues.getMilestone({ ...here(), milestone_number: data.number })).data.title, 'v1', 'title')
})
await step('create a release, and find it by its tag', async () => {
  const { data } = await octokit.rest.repos.createRelease({ ...here(), tag_name: 'v1.0.0', name: 'First', draft: false })
  have.release = data.id
  equal([data.tag_name, data.name, data.draft], ['v1.0.0', 'First', false], 'tag_name, name, draft')
  equal((await octokit.rest.repos.getReleaseByTag({ ...here(), tag: 'v1.0.0' })).data.id, have.release, 'id')
})
await step('the latest release is the newest', async () => {
  equal((await octokit.rest.repos.getLatestRelease(here())).data.id, have.release, 'id')
})
await step('create a file, and read its content', async () => {
  const content = Buffer.from('hello').toString('base64')
  const made = await octokit.rest.repos.createOrUpdateFileContents({ ...here(), path: 'README.md', message: 'Add', content })
  equal(made.data.content.path, 'README.md', 'path')
  const { data } = await octokit.rest.repos.getContent({ ...here(), path: 'README.md' })
  equal([data.type, data.path, Buffer.from(data.content, 'base64').toString()], ['file', 'README.md', 'hello'], 'type, path, content')
})
await step('open a pull request', async () => {
  const { data } = await octokit.rest.pulls.create({ ...here(), title: 'Change', head: 'topic', base: 'main' })
  have.pull = data.number
  equal([data.title, data.state, data.merged], ['Change', 'open', false], 'title, state, merged')
  equal([data.head.ref, data.base.ref], ['topic', 'main'], 'head, base')
})
await step('merge the pull request', async () => {
  const { data } = await octokit.rest.pulls.merge({ ...here(), pull_number: have.pull })
  equal(data.merged, true, 'merged')
  const { data: seen } = await octokit.rest.pulls.get({ ...here(), pull_number: have.pull })
  equal([seen.merged, seen.state], [true, 'closed'], 'merged, state')
})
await step('create a gist, star it, and see that it is starred', async () => {
  const { data } = await octokit.rest.gists.create({ files: { 'a.txt': { content: 'one' } }, public: false })
  equal([data.public, data.files['a.txt'].content], [false, 'one'], 'public, content')
  await octokit.rest.gists.star({ gist_id: data.id })
  equal((await octokit.rest.gists.checkIsStarred({ gist_id: data.id })).status, 204, 'status')
})
await step('the url of an issue is on this server, and answers the issue', async () => {
  const { data } = await octokit.rest.issues.get({ ...here(), issue_number: have.number })
  check(data.url.startsWith(URL_), `url is ${data.url}`)
  equal((await octokit.request(`GET ${data.url}`)).data.number, have.number, 'number')
})
await step('search repositories by name', async () => {
  const { data } = await octokit.rest.search.repos({ q: 'atlas' })
  equal(data.total_count >= data.items.length && data.items.length > 0, true, 'total_count covers the items')
  check(data.items.some((one) => one.name === 'atlas'), 'the new repository is not found')
})
await step('an issue without a title is 422', async () => {
  await error(() => octokit.request('POST /repos/{owner}/{repo}/issues', { ...here(), body: 'none' }), is(422), '422')
})
await step('an unknown repository is 404', async () => {
  await error(() => octokit.rest.repos.get({ owner: have.owner, repo: 'no-such-repository' }), is(404), '404')
})
await step('delete the repository: it is 404 after', async () => {
  await octokit.rest.repos.delete(here())
  await error(() => octokit.rest.repos.get(here()), is(404), '404')
})
