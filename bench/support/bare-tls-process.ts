import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';

// A server that does nothing but hold TLS connections of clients with certificates, and their other end.
// Arguments: `server` and the folder of the certificates; or `client`, that folder, the port, how many connections.

const [role, folder = '', port, connections] = process.argv.slice(2);
const identity = {
  key: readFileSync(join(folder, 'collector.key')),
  cert: readFileSync(join(folder, 'collector.crt')),
  ca: readFileSync(join(folder, 'ca.crt')),
};

if (role === 'server') {
  const server = createServer({ ...identity, requestCert: true }, (socket) => {
    socket.on('error', () => undefined).resume();
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
} else {
  for (let at = 0; at < Number(connections); at += 1) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ ...identity, host: 'localhost', port: Number(port) }, () => {
        socket.write('a word, as a session has one', () => resolve());
      });
      socket.on('error', reject);
    });
  }
  process.send?.('connected');
}
