import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { Authenticator } from '../../../src/cluster/auth/authenticate.ts';
import { requestToken, type TokenLookup } from '../../../src/cluster/auth/token-request.ts';
import { ensureStaticToken, ensureTokenIssuer, sameSecret } from '../../../src/cluster/auth/tokens.ts';
import type { User } from '../../../src/cluster/auth/user.ts';

const NOW = new Date('2026-05-01T12:00:00.7Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const ADMIN: User = { name: 'admin', groups: ['system:masters'] };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-tokens-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('what is kept', () => {
  test('the token and the key stay, readable by their owner only', () => {
    const token = ensureStaticToken(join(dir, 'keys', 'token'));
    expect(token).toMatch(/^[-\w]{32}$/);
    expect(ensureStaticToken(join(dir, 'keys', 'token'))).toBe(token);
    expect(ensureStaticToken(join(dir, 'other'))).not.toBe(token);
    const { keyId } = ensureTokenIssuer(join(dir, 'keys', 'key'));
    expect(ensureTokenIssuer(join(dir, 'keys', 'key')).keyId).toBe(keyId);
    for (const name of ['token', 'key']) expect(statSync(join(dir, 'keys', name)).mode & 0o777).toBe(0o600);
  });

  test('secrets are compared whole', () => {
    expect([sameSecret('a', 'a'), sameSecret('a', 'b'), sameSecret('a', 'aa'), sameSecret('', '')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe('authentication', () => {
  const live = new Map<string, KubeObject>();
  const lookup: TokenLookup = (resource, namespace, name) => live.get(`${resource}/${namespace}/${name}`);
  const put = (resource: string, name: string, fields: object = {}, metadata: object = {}) => {
    const made = { metadata: { name, namespace: 'a', uid: `uid-${name}`, ...metadata } };
    live.set(`${resource}/a/${name}`, { apiVersion: 'v1', kind: '', ...made, ...fields });
  };
  const setUp = () => {
    live.clear();
    put('serviceaccounts', 'robot');
    put('pods', 'pod', { spec: { serviceAccountName: 'robot', nodeName: 'gone' } });
    const issuer = ensureTokenIssuer(join(dir, 'key'));
    const authenticator = new Authenticator([{ token: 'admin-token', user: ADMIN }], issuer, lookup);
    const token = (spec: object = {}): string => {
      const object = { apiVersion: '', kind: '', metadata: {}, spec } as KubeObject;
      return requestToken({ object, namespace: 'a', name: 'robot', now: NOW, id: 'j', issuer, lookup })['status'].token;
    };
    const as = (value: string | undefined, now = NOW, warn?: (text: string) => void) =>
      authenticator.userOf(value === undefined ? {} : { authorization: [value] }, now, warn).name;
    return { token, as, authenticator };
  };

  test.each([
    [undefined, 'system:anonymous'],
    ['', 'system:anonymous'],
    ['Basic YTpi', 'system:anonymous'],
    ['Bearer', 'system:anonymous'],
    ['Bearer admin-token', 'admin'],
    ['  bearer admin-token  ', 'admin'],
    ['BEARER admin-token and more', 'admin'],
    ['Bearer nope', 'Unauthorized'],
    ['Bearer a.b.c', 'Unauthorized'],
    ['Bearer e30.e30.', 'Unauthorized'],
  ])('%j is %s', (header, expected) => {
    const { as } = setUp();
    let answer: string;
    try {
      answer = as(header);
    } catch (error) {
      answer = (error as Error).message;
    }
    expect(answer).toBe(expected);
  });

  test('a space too many is ignored with a warning', () => {
    const warn = vi.fn();
    expect(setUp().as('Bearer  admin-token', NOW, warn)).toBe('system:anonymous');
    expect(warn.mock.calls).toEqual([
      ['the provided Authorization header contains extra space before the bearer token, and is ignored'],
    ]);
  });

  test('a token of a service account lasts as long as it says, and a minute', () => {
    const { token, as } = setUp();
    const header = `Bearer ${token({ expirationSeconds: 600 })}`;
    expect(as(header)).toBe('system:serviceaccount:a:robot');
    expect(as(header, later(659))).toBe('system:serviceaccount:a:robot');
    expect(() => as(header, later(660))).toThrow('Unauthorized');
    expect(as(header, later(-59))).toBe('system:serviceaccount:a:robot');
    expect(() => as(header, later(-62))).toThrow('Unauthorized');
  });

  test("a pod's token of the kubelet's kind lasts a year", () => {
    const { token, as } = setUp();
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'pod' };
    const header = `Bearer ${token({ expirationSeconds: 3607, boundObjectRef })}`;
    expect(as(header, later(364 * 24 * 3600))).toBe('system:serviceaccount:a:robot');
    expect(() => as(header, later(366 * 24 * 3600))).toThrow('Unauthorized');
  });

  test('a token ends with what it is about, also when it was good before', () => {
    const { token, as } = setUp();
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'pod' };
    const [own, bound] = [`Bearer ${token()}`, `Bearer ${token({ boundObjectRef })}`];
    expect([as(own), as(bound)]).toEqual(['system:serviceaccount:a:robot', 'system:serviceaccount:a:robot']);
    // What is being deleted counts for a minute.
    const deletionTimestamp = NOW.toISOString();
    put('pods', 'pod', {}, { deletionTimestamp });
    expect(as(bound, later(59))).toBe('system:serviceaccount:a:robot');
    expect(() => as(bound, later(61))).toThrow('Unauthorized');
    live.delete('pods/a/pod');
    expect(() => as(bound)).toThrow('Unauthorized');
    expect(as(own)).toBe('system:serviceaccount:a:robot');
    put('serviceaccounts', 'robot', {}, { uid: 'another' });
    expect(() => as(own)).toThrow('Unauthorized');
  });

  test('the user tells the pod and its node', () => {
    const { token, authenticator } = setUp();
    const answer = authenticator.check(token({ boundObjectRef: { kind: 'Pod', name: 'pod' } }), NOW);
    expect(answer).toMatchObject({
      user: {
        uid: 'uid-robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'],
        extra: {
          'authentication.kubernetes.io/credential-id': ['JTI=j'],
          'authentication.kubernetes.io/node-name': ['gone'],
          'authentication.kubernetes.io/pod-name': ['pod'],
          'authentication.kubernetes.io/pod-uid': ['uid-pod'],
        },
      },
    });
  });
});
