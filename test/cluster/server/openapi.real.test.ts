import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { kubectlFor } from '../clients/kubectl.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- documents of several forms
type Document = any;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

const names = (document: Document): string[] => Object.keys(document).sort();

const parsed = (body: Document): Document => (typeof body === 'string' ? JSON.parse(body) : body);

/** The list of group versions in which a type of meta/v1 appears is as long as a server has groups. */
function withoutGroups(schema: Document, name: string): Document {
  if (!schema || !name.startsWith('io.k8s.apimachinery')) return schema;
  const { 'x-kubernetes-group-version-kind': _, ...rest } = schema;
  return rest;
}

/** What a document says of the operations on a path: for each method the kind, the action and the types of a body. */
function operationsOf(item: Document): Document {
  const told = METHODS.filter((method) => item[method]).map((method) => {
    const one = item[method];
    const body = one.consumes ?? names(one.requestBody?.content ?? {});
    return [method, [one['x-kubernetes-action'], one['x-kubernetes-group-version-kind'], body]];
  });
  return Object.fromEntries(told);
}

/** The resources of a discovery document that `known` has too, with the subresources that it has. */
function shared(document: Document, known: Document): Document {
  return document.resources.filter(({ name }: Document) => known.resources.some((one: Document) => one.name === name));
}

describeWith(['control-plane', 'kubectl'], 'what kube-apiserver tells of itself', () => {
  let real: ControlPlane;
  let ours: ControlPlane;
  const both = async (path: string): Promise<[Document, Document]> => {
    const answers = await Promise.all([real.request('GET', path), ours.request('GET', path)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    // The index of OpenAPI 3 says that it is text.
    return [parsed(answers[0].body), parsed(answers[1].body)];
  };

  beforeAll(async () => {
    [real, ours] = await Promise.all([startControlPlane(), startEmbeddedCluster()]);
  });
  afterAll(() => Promise.all([real?.stop(), ours?.stop()]));

  test('the groups, in its order of preference', async () => {
    const [first, second] = await both('/apis');
    const served = second.groups.map(({ name }: Document) => name);
    const known = first.groups.map(({ name }: Document) => name).filter((name: string) => served.includes(name));
    expect(served).toEqual(known);
  });

  test('the resources of every group, with the hashes of their storage versions', async () => {
    const [, { groups }] = await both('/apis');
    const versions = groups.flatMap(({ versions: all }: Document) => all.map((one: Document) => one.groupVersion));
    for (const path of ['/api/v1', ...versions.map((one: string) => `/apis/${one}`)]) {
      const [first, second] = await both(path);
      expect(second.resources).toEqual(shared(first, second));
    }
  });

  test('OpenAPI 3: every schema, and every path with its operations', async () => {
    const [, index] = await both('/openapi/v3');
    expect(names(index.paths)).toContain('apis/authorization.k8s.io/v1');
    for (const path of names(index.paths)) {
      const [first, second] = await both(`/openapi/v3/${path}`);
      for (const name of names(second.components.schemas)) {
        const [expected, given] = [first, second].map((one) => withoutGroups(one.components.schemas[name], name));
        expect({ [name]: given }).toEqual({ [name]: expected });
      }
      for (const name of names(second.paths)) {
        expect({ [name]: operationsOf(second.paths[name]) }).toEqual({ [name]: operationsOf(first.paths[name]) });
      }
    }
  });

  test('Swagger 2: every definition, and every path with its operations', async () => {
    const [first, second] = await both('/openapi/v2');
    expect(names(second.definitions).length).toBeGreaterThan(400);
    for (const name of names(second.definitions)) {
      const [expected, given] = [first, second].map((one) => withoutGroups(one.definitions[name], name));
      expect({ [name]: given }).toEqual({ [name]: expected });
    }
    for (const name of names(second.paths)) {
      expect({ [name]: operationsOf(second.paths[name]) }).toEqual({ [name]: operationsOf(first.paths[name]) });
    }
  });

  // kubectl reads Swagger 2 in protobuf for this.
  test.each([
    'explain service --output plaintext-openapiv2',
    'explain deployment --recursive --output plaintext-openapiv2',
    'explain pod.spec --recursive',
    'explain service.spec.ports',
    'explain subjectaccessreviews --recursive',
  ])('kubectl %s', async (words) => {
    const [first, second] = await Promise.all(
      [real, ours].map((one) => kubectlFor(one.kubeconfig, join(one.dir, 'kubectl'))(words)),
    );
    expect(second).toEqual(first);
    expect(first?.code).toBe(0);
  });
});
