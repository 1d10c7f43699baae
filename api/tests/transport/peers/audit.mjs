// Runs every audit of graphql-http against the server whose address is given; fails on any
// that is not passed, whether the specification calls it a MUST, a SHOULD or a MAY.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
const failed = results.filter((result) => result.status !== 'ok');
for (const result of failed) {
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`${results.length - failed.length} of ${results.length} audits passed`);
process.exit(failed.length === 0 && results.length >= 61 ? 0 : 1);
