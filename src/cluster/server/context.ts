import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from '../registry/registry.ts';
import type { User } from '../auth/user.ts';
import type { Authority } from './authority.ts';
import type { Media } from './encode.ts';
import type { RequestInfo } from '../auth/request-info.ts';
import type { Warnings } from './respond.ts';

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
}
