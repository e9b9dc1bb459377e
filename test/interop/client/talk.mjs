// Talks to a server by the client that was generated from its own description: node talk.mjs CLIENT BASE TOKEN
import { pathToFileURL } from 'node:url';

const [client, base, token] = process.argv.slice(2);
const { Api } = await import(pathToFileURL(client));
const api = new Api({
  baseUrl: base,
  securityWorker: (key) => ({ headers: { Authorization: `Bearer ${key}` } }),
});
api.setSecurityData(token);

// Not by the client: what it does when it may not.
const stranger = new Api({ baseUrl: base });
const refused = await stranger.api.listReports({ q: 'phishing' }).then(() => 0, (answer) => answer.status);

const made = await api.api.report({
  subject: 'A page that asks for passwords',
  text: 'See hxxps://login[.]bank[.]example/ at 192.0.2.7',
  reporter: { email: 'somebody@example.org' },
  confidential: false,
});
const found = await api.api.listReports({ q: 'passwords' });
const one = await api.api.getReport(made.data.id);
console.log(JSON.stringify({ refused, status: made.status, id: made.data.id, found: found.data.items.map((r) => r.id), one: one.data }));
