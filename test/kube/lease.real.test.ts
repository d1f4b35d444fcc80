import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { apiServerName, apiServerRequirements, startApiServer } from '../tools/api-server.ts';
import type { ControlPlane } from '../tools/control-plane.ts';
import { type Program, startProgram } from '../tools/processes.ts';

const CANDIDATE = join(import.meta.dirname, 'fixtures', 'candidate.ts');

interface AuditEntry {
  userAgent: string;
  verb: string;
  objectRef: { resource: string; namespace: string };
  requestReceivedTimestamp: string;
  responseStatus?: { code: number };
}

/** A candidate's process and what it said. */
interface Candidate {
  program: Program;
  lines: string[];
}

describeWith(apiServerRequirements(), `leader election between processes (${apiServerName()})`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-election-'));
  const auditLog = join(dir, 'audit.log');
  const candidates: Candidate[] = [];
  let plane: ControlPlane;
  let namespace: string;
  let namespaces = 0;

  beforeAll(async () => {
    const policy = join(dir, 'policy.json');
    const rules = [
      {
        level: 'Metadata',
        verbs: ['create', 'update', 'patch', 'delete'],
        resources: [{ group: '', resources: ['configmaps'] }],
      },
      {
        level: 'Metadata',
        verbs: ['create', 'update'],
        resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
      },
      { level: 'None' },
    ];
    const omitStages = ['RequestReceived'];
    writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }));
    plane = await startApiServer({
      apiServerArgs: [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`],
    });
  });

  afterEach(async () => {
    for (const { program } of candidates.splice(0)) await program.end('SIGKILL');
  });

  afterAll(async () => {
    await plane?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function newElection(): Promise<void> {
    namespace = `election-${++namespaces}`;
    await plane.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await plane.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'counter' } });
  }

  async function enter(identity: string): Promise<Candidate> {
    const lines: string[] = [];
    const program = await startProgram(process.execPath, [CANDIDATE, plane.kubeconfig, namespace, identity], {
      name: identity,
      onLine: (line) => void lines.push(line),
    });
    const candidate = { program, lines };
    candidates.push(candidate);
    return candidate;
  }

  const said = ({ lines, program }: Candidate, line: string) =>
    waitFor(() => lines.includes(line), { what: `${program.name} to say ${line}`, timeoutMs: 20_000 });

  /** The API server's own record of the writes in this election, in the order of their arrival. */
  function writes(resource: 'configmaps' | 'leases'): { writer: string; at: number; code: number }[] {
    return readFileSync(auditLog, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AuditEntry)
      .filter(({ objectRef }) => objectRef.resource === resource && objectRef.namespace === namespace)
      .map((entry) => ({
        writer: entry.userAgent,
        at: Date.parse(entry.requestReceivedTimestamp),
        code: entry.responseStatus?.code ?? 0,
      }))
      .filter(({ writer }) => writer === 'a' || writer === 'b')
      .sort((one, other) => one.at - other.at);
  }

  const count = (writer: string) => writes('configmaps').filter((write) => write.writer === writer).length;
  const wrote = (writer: string, more = 0) =>
    waitFor(() => count(writer) > more, { what: `writes of ${writer}`, timeoutMs: 20_000 });

  /** `a` leads and writes, `b` waits. */
  async function twoCandidates(): Promise<[Candidate, Candidate]> {
    await newElection();
    const a = await enter('a');
    await wrote('a');
    const b = await enter('b');
    await said(b, 'waiting');
    return [a, b];
  }

  it('a leader that was frozen past its lease starts no write when it goes on', async () => {
    const [a, b] = await twoCandidates();
    await wrote('a', count('a') + 20);
    process.kill(a.program.pid, 'SIGSTOP');
    await wrote('b', 20);
    const thawed = Date.now();
    process.kill(a.program.pid, 'SIGCONT');
    await said(a, 'end: lost');
    expect(await a.program.exit).toBe(0);
    await wrote('b', count('b') + 20);
    const begun = a.lines.flatMap((line) => (line.startsWith('write ') ? Number(line.slice('write '.length)) : []));
    expect(begun.length).toBeGreaterThan(20);
    expect(begun.filter((at) => at >= thawed)).toEqual([]);
    // Frozen between the fence and the socket, a process sends that one write when it thaws: no client can help that.
    const order = writes('configmaps');
    expect(order.filter(({ writer, at }) => writer === 'a' && at >= thawed).length).toBeLessThanOrEqual(1);
    const takeover = order.findIndex(({ writer }) => writer === 'b');
    expect(order.slice(takeover).filter(({ writer, at }) => writer === 'a' && at < thawed)).toEqual([]);
    expect(writes('leases').filter(({ writer, at, code }) => writer === 'a' && at >= thawed && code < 300)).toEqual([]);
    expect(b.lines).not.toContain('lost');
  });

  it('a killed leader is followed when its lease has run out, not before', async () => {
    const [a] = await twoCandidates();
    await wrote('a', count('a') + 20);
    await a.program.end('SIGKILL');
    await wrote('b');
    const order = writes('configmaps');
    const lastRenewal = writes('leases').findLast(({ writer }) => writer === 'a')?.at ?? 0;
    const first = order.find(({ writer }) => writer === 'b')?.at ?? 0;
    expect(first - lastRenewal).toBeGreaterThanOrEqual(3000);
    expect(first - lastRenewal).toBeLessThan(6000);
  });

  it('a leader that is told to stop finishes its write, releases the lease, and is followed at once', async () => {
    const [a] = await twoCandidates();
    const told = Date.now();
    await a.program.end('SIGTERM', 20_000);
    expect(a.lines.slice(-2)).toEqual(['released', 'end: stopped']);
    expect(await a.program.exit).toBe(0);
    await wrote('b');
    const first = writes('configmaps').find(({ writer }) => writer === 'b')?.at ?? 0;
    // Without the release it would take the lease's three seconds.
    expect(first - told).toBeLessThan(2000);
    expect(writes('configmaps').filter(({ writer, code }) => writer === 'a' && code !== 200)).toEqual([]);
  });

  it('a leader gives up in time when the API server is gone', async () => {
    await newElection();
    const a = await enter('a');
    await wrote('a');
    await plane.killApiServer();
    const killed = performance.now();
    await said(a, 'end: lost');
    // Two seconds after the last renewal, and some to say so.
    expect(performance.now() - killed).toBeLessThan(3000);
    await plane.startApiServer();
  });
});
