import { describe, expect, test } from 'vitest';
import { familiarName, parseReference } from '../../../src/cluster/images/reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('an image name', () => {
  test.each<[string, string, string | undefined, string?]>([
    ['nginx', 'docker.io/library/nginx', 'latest'],
    ['nginx:1.27-alpine', 'docker.io/library/nginx', '1.27-alpine'],
    ['library/nginx', 'docker.io/library/nginx', 'latest'],
    ['docker.io/nginx', 'docker.io/library/nginx', 'latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx', 'latest'],
    ['traefik/whoami:v1.10', 'docker.io/traefik/whoami', 'v1.10'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause', '3.10'],
    ['localhost/app', 'localhost/app', 'latest'],
    ['localhost:5000/app', 'localhost:5000/app', 'latest'],
    ['host:5000/a/b_c/d--e:t', 'host:5000/a/b_c/d--e', 't'],
    ['[fd00::1]:5000/app:2', '[fd00::1]:5000/app', '2'],
    [`nginx@${DIGEST}`, 'docker.io/library/nginx', undefined, DIGEST],
    [`quay.io/a/b:1@${DIGEST}`, 'quay.io/a/b', '1', DIGEST],
  ])('%s is %s, tag %s', (image, repository, tag, digest) => {
    expect(parseReference(image)).toEqual({ repository, ...(tag && { tag }), ...(digest && { digest }) });
  });

  test.each([
    ['', 'is no image name'],
    ['nginx:', 'has a malformed tag'],
    ['nginx:a b', 'has a malformed tag'],
    ['Nginx', 'must be in lower case'],
    ['docker.io/', 'is no image name'],
    ['a//b', 'is no image name'],
    ['a b', 'is no image name'],
    ['https://nginx', 'has a malformed registry'],
    ['nginx@sha256:12', 'has a malformed digest'],
    ['a_b.c/x', 'has a malformed registry'],
    ['a'.repeat(260), 'is longer than 255 characters'],
  ])('%s %s', (image, problem) => {
    expect(parseReference(image)).toEqual({ problem });
  });

  test.each([
    ['docker.io/library/nginx', 'nginx'],
    ['docker.io/traefik/whoami', 'traefik/whoami'],
    ['quay.io/a/b', 'quay.io/a/b'],
  ])('%s is known as %s', (repository, name) => {
    expect(familiarName(repository)).toBe(name);
  });
});
