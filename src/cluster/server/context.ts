import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Registry } from '../registry/registry.ts';
import type { User } from '../auth/user.ts';
import type { Authority } from './authority.ts';
import type { Media } from './encode.ts';
import type { RequestInfo } from '../auth/request-info.ts';
import type { Kubelets } from './kubelet.ts';
import type { Warnings } from './respond.ts';

/** The connection of a request that wants to make something else of it, and what came on it behind the request. */
export interface Upgrade {
  socket: Socket;
  head: Buffer;
}

/** A request on its way through the server. */
export interface Context {
  request: IncomingMessage;
  response: ServerResponse;
  info: RequestInfo;
  query: URLSearchParams;
  media: Media;
  warnings: Warnings;
  user: User;
  registry: Registry;
  authority: Authority;
  /** Undefined where nobody runs pods. */
  kubelets?: Kubelets;
  upgrade?: Upgrade;
  /** Takes word of the connection having been upgraded: there is no other answer. */
  upgraded?(): void;
}
