import { readFileSync } from 'node:fs';
import { connect, createSecureServer } from 'node:http2';
import { join } from 'node:path';

// A server that does nothing but hold HTTP/2 connections of clients with certificates, one open stream on each, and their
// other end. Arguments: `server` and the folder of the certificates; or `client`, that folder, the port, how many, and how
// many bytes each sends.

const [role, folder = '', port, connections, bytes] = process.argv.slice(2);
const name = role === 'server' ? 'collector' : 'bench';
const identity = {
  key: readFileSync(join(folder, `${name}.key`)),
  cert: readFileSync(join(folder, `${name}.crt`)),
  ca: readFileSync(join(folder, 'ca.crt')),
};

if (role === 'server') {
  const server = createSecureServer({ ...identity, requestCert: true, rejectUnauthorized: true });
  server.on('stream', (stream) => {
    stream.on('error', () => undefined).resume();
    stream.respond({ ':status': 200 });
    stream.write('a word, as a session has one');
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
} else {
  for (let at = 0; at < Number(connections); at += 1) {
    await new Promise<void>((resolve, reject) => {
      const stream = connect(`https://localhost:${port}`, identity)
        .on('error', reject)
        .request({ ':method': 'POST', ':path': '/' }, { endStream: false });
      stream.on('error', reject).once('data', () => resolve());
      stream.write(Buffer.alloc(Number(bytes)));
    });
  }
  process.send?.('connected');
}
