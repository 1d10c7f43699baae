// Uses the server as the reference client of graphql-transport-ws does.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = process.argv[2].replace('http', 'ws');
const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { token: 'ann' } });

const run = (payload) =>
  new Promise((resolve, reject) => {
    let result;
    client.subscribe(payload, {
      next: (next) => (result = next),
      error: reject,
      complete: () => resolve(result),
    });
  });

const hello = await run({ query: '{ hello }' });
assert.equal(hello.data.hello, 'hello ann');

const many = await Promise.all(
  Array.from({ length: 80 }, (_, n) => run({ query: `{ echo(text: "${n}") }` })),
);
many.forEach((result, n) => assert.equal(result.data.echo, String(n)));

await assert.rejects(run({ query: '{ unknown }' }), (errors) => {
  assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  return true;
});

const events = client.iterate({ query: 'subscription { events(after: "0") { position text } }' });
for (let n = 1; n <= 5; n++) {
  const added = await run({ query: `mutation { add(text: "e${n}") }` });
  assert.equal(added.data.add, String(n));
  const { value } = await events.next();
  assert.deepEqual(value.data.events, { position: String(n), text: `e${n}` });
}
await events.return();
await client.dispose();

// Refused credentials end the client with 4403, which it would retry with fresh parameters.
const barred = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { token: 'bad' },
  retryAttempts: 0,
});
const closed = await new Promise((resolve) =>
  barred.subscribe({ query: '{ hello }' }, { next: resolve, error: resolve, complete: resolve }),
);
assert.equal(closed.code, 4403);
console.log('the client of graphql-ws is content');
process.exit(0);
