/** Enough of the Dockerfile's syntax to hold ours to its promises: https://docs.docker.com/reference/dockerfile/ */

export interface Instruction {
  /** In capitals. */
  name: string;
  /** All after the name, continued lines joined. */
  text: string;
}

/** The instructions from one FROM (the first instruction) to the next. */
export interface Stage {
  base: string;
  /** `AS name`, else empty. */
  name: string;
  instructions: Instruction[];
}

/** @throws Error for an instruction before the first FROM. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  for (const line of lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')) {
    const [, word, rest = ''] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (word === undefined) continue;
    const instruction = { name: word.toUpperCase(), text: rest };
    if (instruction.name === 'FROM') {
      const [base = '', , name = ''] = rest.split(/\s+/).filter((part) => !part.startsWith('--'));
      stages.push({ base, name, instructions: [] });
    }
    const stage = stages.at(-1);
    if (!stage) throw new Error(`${line}: before the first FROM`);
    stage.instructions.push(instruction);
  }
  return stages;
}

/** The texts of a stage's instructions of one name. */
export function textsOf(stage: Stage, name: string): string[] {
  return stage.instructions.filter((one) => one.name === name).map(({ text }) => text);
}

export interface Copy {
  flags: string[];
  sources: string[];
  target: string;
}

/** Every COPY and ADD of a stage. */
export function copiesOf(stage: Stage): Copy[] {
  return [...textsOf(stage, 'COPY'), ...textsOf(stage, 'ADD')].map((text) => {
    const words = text.split(/\s+/);
    const [target = '', ...sources] = words.filter((word) => !word.startsWith('--')).reverse();
    return { flags: words.filter((word) => word.startsWith('--')), sources: sources.reverse(), target };
  });
}

/** `KEY=value …`, quoted or not, of ENV and LABEL. */
export function pairsOf(stage: Stage, name: 'ENV' | 'LABEL'): Record<string, string> {
  const pairs = textsOf(stage, name).flatMap((text) => [...text.matchAll(/([\w.]+)=("[^"]*"|\S+)/g)]);
  return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value.replaceAll('"', '')]));
}

/** The words of ENTRYPOINT or CMD; undefined in shell form, or when there is none. */
export function execForm(stage: Stage, name: 'ENTRYPOINT' | 'CMD'): string[] | undefined {
  const text = textsOf(stage, name).at(-1);
  return text?.startsWith('[') ? (JSON.parse(text) as string[]) : undefined;
}
