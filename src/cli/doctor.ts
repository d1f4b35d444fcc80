import { createLogger } from '../runtime/logger.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { defineCommand, type Io } from './command.ts';
import { type DoctorOptions, doctorOptions } from './options/doctor.ts';
import type { CommandSpec } from './parse.ts';
import { type DoctorPlane, loadDoctor } from './planes.ts';

export const doctorSpec: CommandSpec<typeof doctorOptions> = {
  name: 'doctor',
  summary:
    'Checks cluster and cloud for all that the controller needs, before or after it is installed, and changes nothing. Exits with 1 when something is wrong, with 0 when there are warnings at most.',
  options: doctorOptions,
};

/** `sluice doctor`: the report on stdout. */
export const doctorCommand = defineCommand(doctorSpec, (options, _operands, io) =>
  doctor(options, { io, load: loadDoctor }),
);

interface DoctorContext {
  io: Io;
  load: () => Promise<DoctorPlane>;
}

/** Writes the report; gives the exit code. */
export async function doctor(options: DoctorOptions, { io, load }: DoctorContext): Promise<number> {
  const shutdown = installShutdown(createLogger({ level: 'warn', stream: process.stderr }));
  try {
    const { runDoctor, renderText, renderJson } = await load();
    const report = await runDoctor(options, shutdown.signal);
    io.out(options.output === 'json' ? renderJson(report) : renderText(report));
    return report.healthy ? 0 : 1;
  } finally {
    shutdown.dispose();
  }
}
