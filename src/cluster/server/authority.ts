import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../api/object.ts';
import { unauthorized } from '../api/status.ts';
import { Authenticator, type StaticToken } from '../auth/authenticate.ts';
import { checkEscalation } from '../auth/escalation.ts';
import { Impersonation } from '../auth/impersonate.ts';
import { authorize, type Decision, forbiddenRequest } from '../auth/rbac.ts';
import { RbacIndex } from '../auth/rbac-index.ts';
import type { Attributes, RequestInfo } from '../auth/request-info.ts';
import type { TokenLookup } from '../auth/token-request.ts';
import type { TokenIssuer } from '../auth/tokens.ts';
import { ANONYMOUS, type User } from '../auth/user.ts';
import type { Served } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';

const RBAC = 'rbac.authorization.k8s.io';
const RBAC_RESOURCES = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((one) => `${one}.${RBAC}`);

/** Paths that answer without a token: a probe has none. */
const OPEN = /^\/(healthz|livez|readyz)(\/|$)/;

/** Who asks, and whether they may: tokens and roles, read off the store. */
export class Authority {
  readonly lookup: TokenLookup;
  readonly issuer: TokenIssuer;
  readonly authenticator: Authenticator;
  readonly rbac = new RbacIndex();
  readonly #impersonation: Impersonation;
  readonly #registry: Registry;

  constructor(registry: Registry, tokens: readonly StaticToken[], issuer: TokenIssuer) {
    this.#registry = registry;
    this.issuer = issuer;
    this.lookup = (resource, namespace, name) => registry.store.get(resource, namespace, name)?.object;
    this.authenticator = new Authenticator(tokens, issuer, this.lookup);
    this.#impersonation = new Impersonation((request) => this.decide(request));
    for (const resource of RBAC_RESOURCES) {
      for (const { object } of registry.store.list(resource)) this.rbac.set(object);
    }
    registry.store.subscribe(({ resource, type, item }) => {
      if (!RBAC_RESOURCES.includes(resource)) return;
      if (type === 'DELETED') this.rbac.delete(item.object);
      else this.rbac.set(item.object);
    });
  }

  /** The user of a request, impersonation included. Throws 401 without a token, and what is wrong with one. */
  authenticate(request: IncomingMessage, info: RequestInfo, warn: (text: string) => void): User {
    const headers = request.headersDistinct;
    const user = this.authenticator.userOf(headers, new Date(this.#registry.clock.now()), warn);
    if (user.name === ANONYMOUS && !OPEN.test(info.path)) throw unauthorized();
    return this.#impersonation.userOf({ ...info, user }, headers);
  }

  decide(request: Attributes): Decision {
    return authorize(this.rbac, request);
  }

  /** Throws 403 unless the user may. */
  require(user: User, info: RequestInfo): void {
    if (!info.resourceRequest && OPEN.test(info.path)) return;
    const request = { ...info, user };
    const { allowed, reason } = this.decide(request);
    if (!allowed) throw forbiddenRequest(request, reason);
  }

  /** Nobody hands out more than they hold: throws 403 for a role or binding that does. */
  checkWrite(user: User, info: RequestInfo, kind: Served, object: KubeObject, old: KubeObject | undefined): void {
    if (kind.group !== RBAC) return;
    const context = { lookup: this.rbac, authorize: (request: Attributes) => this.decide(request) };
    checkEscalation({ request: { ...info, user }, object, old }, context);
  }
}
