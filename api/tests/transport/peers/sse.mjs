// Uses the server as the client of graphql-sse does, in its distinct connections mode.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';

const client = createClient({ url: process.argv[2] + '/stream', retryAttempts: 0 });

const three = [];
for await (const result of client.iterate({ query: 'subscription { three }' })) {
  three.push(result.data.three);
}
assert.deepEqual(three, [1, 2, 3]);

const hello = client.iterate({ query: '{ hello }' });
assert.equal((await hello.next()).value.data.hello, 'hello anyone');
assert.equal((await hello.next()).done, true);

const refused = client.iterate({ query: 'subscription { refused }' });
const { value } = await refused.next();
assert.equal(value.errors[0].extensions.code, 'FORBIDDEN');
console.log('the client of graphql-sse is content');
process.exit(0);
