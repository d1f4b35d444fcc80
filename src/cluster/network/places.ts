/** Nodes, pods and their programs, in either mode; what a mode does for them is its `Fabric`. */
import { nodeAddresses } from './addresses.ts';
import { AddressPool, podAddresses } from './address-pool.ts';
import type { ClientProgram } from './client-program.ts';
import { commandFor } from './command.ts';
import type { NetworkMode, NodePlace, NodeSpec, PodPlace, ProgramSpec, RunningProgram } from './network.ts';
import type { Command } from './protocol.ts';
import type { SpawnerClient } from './spawner-client.ts';

/** A place as the fabric knows it. */
export interface NodeSite {
  kind: 'node';
  index: number;
  name: string;
  addresses: readonly string[];
  podCidrs: readonly string[];
}
export interface PodSite {
  kind: 'pod';
  node: NodeSite;
  /** Of the pod's addresses in the node's ranges. */
  number: number;
  name: string;
  addresses: readonly string[];
}
export type Site = NodeSite | PodSite;

/** What a mode does to make places of numbers. */
export interface Fabric {
  readonly mode: NetworkMode;
  /** How many of the families of the address plan there are. */
  readonly families: number;
  add(site: Site): Promise<void>;
  /** Takes a node off the network, before anything on it ends. */
  unplug(node: NodeSite): Promise<void>;
  /** After its programs have ended. A node's pods have been removed or go with it. */
  remove(site: Site): Promise<void>;
  /** Ends all processes in a place that it can find, those too that have left their programs' groups. */
  sweep(site: Site): void;
  /** What is put before a command to run it there. */
  enter(site: Site): readonly string[];
  /** By which its processes are found again, where nothing else tells them. */
  variables(site: Site): Readonly<Record<string, string>>;
}

/** Unlike those of all other places of a network. */
export const siteName = (site: Site): string =>
  site.kind === 'node' ? `n${site.index}` : `n${site.node.index}.p${site.number}`;

/** The programs of one place. */
class Programs {
  readonly #spawner: SpawnerClient;
  readonly #fabric: Fabric;
  readonly #site: Site;
  readonly #running = new Set<ClientProgram>();
  readonly #starting = new Set<Promise<ClientProgram>>();
  #closed = false;

  constructor(spawner: SpawnerClient, fabric: Fabric, site: Site) {
    this.#spawner = spawner;
    this.#fabric = fabric;
    this.#site = site;
  }

  async run(spec: ProgramSpec): Promise<RunningProgram> {
    if (this.#closed) throw new Error(`${this.#site.kind} ${this.#site.name} is gone: nothing runs there any more`);
    const starting = this.#spawner.run(this.#command(spec));
    this.#starting.add(starting);
    try {
      const program = await starting;
      this.#running.add(program);
      void program.ended.then(() => this.#running.delete(program));
      return program;
    } finally {
      this.#starting.delete(starting);
    }
  }

  #command(spec: ProgramSpec): Command {
    const env = { ...spec.env, ...this.#fabric.variables(this.#site) };
    return commandFor({ ...spec, env }, this.#fabric.enter(this.#site));
  }

  /** Kills them all; done when they have ended. */
  async end(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starting);
    for (const program of this.#running) program.kill('SIGKILL');
    this.#fabric.sweep(this.#site);
    await Promise.all([...this.#running].map(({ ended }) => ended));
  }
}

class Pod implements PodPlace {
  readonly addresses: readonly string[];
  readonly #programs: Programs;
  readonly #gone: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(addresses: readonly string[], programs: Programs, gone: () => Promise<void>) {
    this.addresses = addresses;
    this.#programs = programs;
    this.#gone = gone;
  }

  run(program: ProgramSpec): Promise<RunningProgram> {
    return this.#programs.run(program);
  }

  close(): Promise<void> {
    this.#closing ??= this.#programs.end().then(this.#gone);
    return this.#closing;
  }
}

class Node implements NodePlace {
  readonly #fabric: Fabric;
  readonly #spawner: SpawnerClient;
  readonly #site: NodeSite;
  readonly #programs: Programs;
  readonly #pool = new AddressPool();
  readonly #pods = new Set<Pod>();
  readonly #adding = new Set<Promise<PodPlace>>();
  readonly #gone: () => void;
  #closing: Promise<void> | undefined;

  constructor(fabric: Fabric, spawner: SpawnerClient, site: NodeSite, gone: () => void) {
    this.#fabric = fabric;
    this.#spawner = spawner;
    this.#site = site;
    this.#gone = gone;
    this.#programs = new Programs(spawner, fabric, site);
  }

  get name(): string {
    return this.#site.name;
  }

  get addresses(): readonly string[] {
    return this.#site.addresses;
  }

  run(program: ProgramSpec): Promise<RunningProgram> {
    return this.#programs.run(program);
  }

  async addPod({ name }: { uid: string; name: string }): Promise<PodPlace> {
    const adding = this.#add(name);
    this.#adding.add(adding);
    try {
      return await adding;
    } finally {
      this.#adding.delete(adding);
    }
  }

  async #add(name: string): Promise<PodPlace> {
    if (this.#closing !== undefined) throw new Error(`node ${this.name} is gone: no pod can be added`);
    const number = this.#pool.take();
    if (number === undefined) {
      throw new Error(
        `node ${this.name} has no address left for pod ${name}: ${AddressPool.LAST - AddressPool.FIRST + 1} pods run there`,
      );
    }
    const addresses = podAddresses(this.#site.podCidrs, number);
    const site: PodSite = { kind: 'pod', node: this.#site, number, name, addresses };
    try {
      await this.#fabric.add(site);
    } catch (error) {
      this.#pool.giveBack(number);
      throw error;
    }
    const programs = new Programs(this.#spawner, this.#fabric, site);
    const pod = new Pod(addresses, programs, async () => {
      await this.#fabric.remove(site);
      this.#pods.delete(pod);
      this.#pool.giveBack(number);
    });
    this.#pods.add(pod);
    return pod;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await this.#fabric.unplug(this.#site);
    await Promise.allSettled(this.#adding);
    await Promise.all([this.#programs.end(), ...[...this.#pods].map((pod) => pod.close())]);
    await this.#fabric.remove(this.#site);
    this.#gone();
  }
}

/** All nodes of a network. */
export class Nodes {
  readonly #fabric: Fabric;
  readonly #spawner: SpawnerClient;
  /** Of nodes that are there, are coming or are going. */
  readonly #indexes = new Set<number>();

  constructor(fabric: Fabric, spawner: SpawnerClient) {
    this.#fabric = fabric;
    this.#spawner = spawner;
  }

  async start({ name, index }: NodeSpec): Promise<NodePlace> {
    if (this.#indexes.has(index)) throw new Error(`node ${name}: index ${index} is another node's`);
    const plan = nodeAddresses(this.#fabric.mode, index);
    const site: NodeSite = {
      kind: 'node',
      index,
      name,
      addresses: plan.addresses.slice(0, this.#fabric.families),
      podCidrs: plan.podCidrs.slice(0, this.#fabric.families),
    };
    this.#indexes.add(index);
    try {
      await this.#fabric.add(site);
    } catch (error) {
      this.#indexes.delete(index);
      throw error;
    }
    return new Node(this.#fabric, this.#spawner, site, () => this.#indexes.delete(index));
  }
}
