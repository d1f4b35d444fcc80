/**
 * A program of the tests, for a network namespace without a way out: listens there on 127.0.0.1:PORT and joins each
 * connection to the Unix socket PATH, which a process outside listens on. Says "listening" when it does.
 */
import { connect, createServer } from 'node:net';

const [port, path] = process.argv.slice(2);
const server = createServer((inside) => {
  const outside = connect(path);
  inside.pipe(outside).pipe(inside);
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.destroy());
});
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
