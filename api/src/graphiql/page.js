// GraphiQL where it can be loaded, and a plain console where it cannot: behind a firewall, on a train.

const EXAMPLE = `# Sign in above first. Ctrl and Enter runs it.
query {
  invoices(first: 5, filter: { statusIn: [OVERDUE] }) {
    nodes { number dueOn total { amount currency } client { name } }
  }
}

# Or watch clients as they change:
#
# subscription { clientsLive { kind position client { name } } }
`;

// The last GraphiQL that comes as one script, so that its digest can be told here. A browser runs
// nothing else under these addresses.
const CDN = 'https://cdn.jsdelivr.net/npm/';
const STYLE = ['graphiql@4.1.2/graphiql.min.css', 'sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr'];
const SCRIPTS = [
  ['react@18.3.1/umd/react.production.min.js', 'sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z'],
  ['react-dom@18.3.1/umd/react-dom.production.min.js', 'sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1'],
  ['graphiql@4.1.2/graphiql.min.js', 'sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B'],
];
const PATIENCE_MS = 5000;
// Of a subscription: older answers leave the page.
const MOST_ANSWERS = 200;

const at = (id) => document.getElementById(id);
let secret = sessionStorage.getItem('secret') ?? '';
let signedIn = () => {};

function authorization() {
  return secret ? { authorization: `Bearer ${secret}` } : {};
}

function post(path, body, headers = {}, signal = undefined) {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
    credentials: 'omit',
    signal,
  });
}

async function use(found) {
  const query = '{ me { role tenantId user { name } memberships { tenantId tenantName } } }';
  const answer = await post('/graphql', { query }, { authorization: `Bearer ${found}` });
  const { data, errors } = await answer.json();
  if (!data?.me) throw new Error(errors?.[0]?.message ?? 'there is no answer');
  secret = found;
  // For this tab alone, and no longer than it is open.
  sessionStorage.setItem('secret', secret);
  const { role, tenantId, user, memberships } = data.me;
  const place = memberships.find((it) => it.tenantId === tenantId);
  at('who').textContent = [user?.name ?? 'an API key', role, place?.tenantName].filter(Boolean).join(', ');
  signedIn();
}

async function signIn() {
  const answer = await post('/auth/login', { email: at('email').value, password: at('password').value });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  await use(body.accessToken);
}

function onSubmit(form, action) {
  at(form).addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await action();
    } catch (error) {
      at('who').textContent = error.message;
    }
  });
}

function load(element) {
  return new Promise((resolve, reject) => {
    element.crossOrigin = 'anonymous';
    element.addEventListener('load', resolve);
    element.addEventListener('error', () => reject(new Error('it could not be loaded')));
    document.head.append(element);
    setTimeout(() => reject(new Error('it took too long to load')), PATIENCE_MS);
  });
}

async function loadGraphiql() {
  const [style, integrity] = STYLE;
  const link = { rel: 'stylesheet', href: CDN + style, integrity };
  const styled = load(Object.assign(document.createElement('link'), link));
  // Should a script fail first, nobody asks for the style any more.
  styled.catch(() => {});
  for (const [path, integrity] of SCRIPTS) {
    await load(Object.assign(document.createElement('script'), { src: CDN + path, integrity }));
  }
  await styled;
}

function showGraphiql() {
  const { GraphiQL, React, ReactDOM } = window;
  const socket = new URL('/graphql', location.href);
  socket.protocol = socket.protocol.replace('http', 'ws');
  const fetcher = (parameters, options) => {
    const headers = authorization();
    const to = { url: '/graphql', subscriptionUrl: socket.href, headers, wsConnectionParams: headers };
    return GraphiQL.createFetcher(to)(parameters, options);
  };
  const root = ReactDOM.createRoot(at('graphiql'));
  signedIn = () => {
    // Another key is another page: the schema is asked for again.
    const properties = { key: secret, fetcher, defaultQuery: EXAMPLE, defaultEditorToolsVisibility: true };
    root.render(React.createElement(GraphiQL, properties));
  };
  at('graphiql').hidden = false;
  signedIn();
}

function show(answers) {
  at('answer').textContent = answers.map((it) => JSON.stringify(it, null, 2)).join('\n\n');
  // The beginning of one answer, the end of many.
  at('answer').scrollTop = answers.length > 1 ? at('answer').scrollHeight : 0;
}

async function* eventsOf(answer) {
  let text = '';
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    const frames = (text + part).split('\n\n');
    text = frames.pop();
    for (const frame of frames) {
      const data = frame.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length) yield JSON.parse(data.map((line) => line.slice(5)).join('\n') || 'null');
    }
  }
}

async function run(signal) {
  const query = at('query').value;
  const variables = JSON.parse(at('variables').value || '{}');
  const isSubscription = /^\s*subscription\b/m.test(query);
  const path = isSubscription ? '/graphql/stream' : '/graphql';
  const accept = isSubscription ? { accept: 'text/event-stream' } : {};
  const answer = await post(path, { query, variables }, { ...accept, ...authorization() }, signal);
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    return show([await answer.json()]);
  }
  let answers = [];
  for await (const event of eventsOf(answer)) {
    if (event === null) continue;
    answers = [...answers, event].slice(-MOST_ANSWERS);
    show(answers);
  }
}

function showConsole(reason) {
  let running = new AbortController();
  const start = async () => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    show([]);
    at('stop').hidden = false;
    try {
      await run(signal);
    } catch (error) {
      if (!signal.aborted) at('answer').textContent += `${error.message}\n`;
    }
    if (!running.signal.aborted && running.signal === signal) at('stop').hidden = true;
  };
  at('why').textContent = `GraphiQL comes from the internet, and ${reason}. This does without.`;
  at('query').value = EXAMPLE;
  at('run').addEventListener('click', start);
  at('stop').addEventListener('click', () => {
    running.abort();
    at('stop').hidden = true;
  });
  at('console').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) start();
  });
  at('console').hidden = false;
}

onSubmit('sign-in', signIn);
onSubmit('use-key', () => use(at('key').value.trim()));
if (secret) use(secret).catch(() => sessionStorage.removeItem('secret'));
loadGraphiql().then(showGraphiql, (error) => showConsole(error.message));
