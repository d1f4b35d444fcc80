import { Failure } from './failure.ts';

/** What a program knows of the pod that it runs in. */
export interface Environment {
  /** The pod's name. `HOSTNAME` */
  hostname: string;
  /** The pod's addresses, the first of the primary family. `POD_IPS`, or `POD_IP` */
  addresses: readonly string[];
  /** Addresses to listen on; all when empty. `SLUICE_LISTEN` */
  listen: readonly string[];
  /** Added to ports below 1024. `SLUICE_LOW_PORT_OFFSET` */
  lowPortOffset: number;
  /** How long to go on serving after SIGTERM. `SLUICE_LAME_DUCK`, in seconds */
  lameDuckMs: number;
  /** The container's own variables, and all others. */
  variables: Readonly<Record<string, string | undefined>>;
}

/** Reads what the kubelet gives a program. @throws Failure that names the variable. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const list = (name: string) => (variables[name] ?? '').split(',').filter((item) => item !== '');
  const number = (name: string, fallback: number) => {
    const text = variables[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    if (Number.isNaN(value) || value < 0) throw new Failure(`${name}: ${JSON.stringify(text)} is not a number from 0`);
    return value;
  };
  const addresses = list('POD_IPS');
  return {
    hostname: variables['HOSTNAME'] || process.getBuiltinModule('node:os').hostname(),
    addresses: addresses.length > 0 ? addresses : list('POD_IP'),
    listen: list('SLUICE_LISTEN'),
    lowPortOffset: number('SLUICE_LOW_PORT_OFFSET', 0),
    lameDuckMs: number('SLUICE_LAME_DUCK', 3) * 1000,
    variables,
  };
}
