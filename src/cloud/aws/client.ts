/** The AWS SDK's clients as Sluice uses them: rate limited, fenced, counted, and with one retry layer for each kind of failure. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { errorCode, isThrottle, isUncertain, markUncertain } from './errors.ts';
import { RateLimits } from './rate-limit.ts';

export interface AwsOptions {
  region: string;
  /** For one attempt, from sending to the last byte. */
  requestTimeoutMs: number;
  /** `auto`: AWS's published limits, unless the endpoint is a custom one. */
  rateLimits: 'auto' | 'aws' | 'off';
  /** Called right before each attempt of a call that changes something; what it throws is thrown, and nothing is sent. */
  writeGuard?: () => void;
  metrics?: Metrics;
  logger?: Logger;
  /** Ends the waits for a rate limit. */
  signal?: AbortSignal;
}

/** One client a service: the SDK retries transport faults and throttling, and nothing else. */
export interface Aws {
  elb: ElasticLoadBalancingV2Client;
  ec2: EC2Client;
  /** Whether calls wait for AWS's published rate limits. */
  rateLimited: boolean;
  destroy(): void;
}

const background = new AsyncLocalStorage<true>();

/** Calls made inside wait until no other call does: for drift sweeps and deletions. */
export function inBackground<T>(work: () => Promise<T>): Promise<T> {
  return background.run(true, work);
}

const CONNECTION_TIMEOUT_MS = 5_000;

const MAX_ATTEMPTS = 3;

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

/**
 * As the SDK's standard strategy, but for its quota: there all calls of a client share 500 tokens, and a Service whose
 * calls fail takes the retries of all others. How long to go on after the last attempt is the queue's business.
 */
class PatientRetries {
  acquireInitialRetryToken(): Promise<RetryToken> {
    return Promise.resolve(retryToken(0, 0));
  }

  refreshRetryTokenForRetry(token: RetryToken, { errorType }: { errorType: string }): Promise<RetryToken> {
    const retries = token.getRetryCount() + 1;
    const passes = errorType === 'TRANSIENT' || errorType === 'THROTTLING';
    if (!passes || retries >= MAX_ATTEMPTS) return Promise.reject(new Error('no retry'));
    const baseMs = errorType === 'THROTTLING' ? 500 : 100;
    return Promise.resolve(retryToken(retries, Math.random() * baseMs * 2 ** retries));
  }

  recordSuccess(): void {}
}

function retryToken(retries: number, delayMs: number): RetryToken {
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs };
}

export function createAws(options: AwsOptions): Aws {
  const { region, requestTimeoutMs } = options;
  const rateLimited = options.rateLimits === 'aws' || (options.rateLimits === 'auto' && !hasCustomEndpoint());
  const limits = rateLimited ? new RateLimits() : undefined;
  const shared = {
    region,
    maxAttempts: MAX_ATTEMPTS,
    retryStrategy: new PatientRetries(),
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
  const elb = new ElasticLoadBalancingV2Client(shared);
  const ec2 = new EC2Client(shared);
  instrument(elb, 'elbv2', options, limits);
  instrument(ec2, 'ec2', options, limits);
  const destroy = () => {
    elb.destroy();
    ec2.destroy();
  };
  return { elb, ec2, rateLimited, destroy };
}

/** The part of the SDK's two middleware stacks that is used here; their own types differ in nothing that matters. */
interface Instrumentable {
  middlewareStack: {
    add(
      middleware: (
        next: (args: unknown) => Promise<unknown>,
        context: { commandName?: string },
      ) => (args: unknown) => Promise<unknown>,
      options: { step: string; priority?: 'high' | 'normal' | 'low'; name: string },
    ): void;
  };
}

function instrument(client: unknown, service: 'elbv2' | 'ec2', options: AwsOptions, limits?: RateLimits): void {
  const { metrics, logger, writeGuard } = options;
  const stack = (client as Instrumentable).middlewareStack;
  const operationOf = (context: { commandName?: string }) => (context.commandName ?? 'Unknown').replace(/Command$/, '');

  // Before the request is signed, so that a long wait does not age the signature.
  stack.add(
    (next, context) => async (args) => {
      await limits?.take(service, operationOf(context), background.getStore() === true, options.signal);
      return next(args);
    },
    { step: 'initialize', name: 'sluiceRateLimit' },
  );
  // The innermost layer: once an attempt, with nothing between it and the sending.
  stack.add(
    (next, context) => {
      const operation = operationOf(context);
      let mayBeDone = false;
      return async (args) => {
        if (writeGuard && !operation.startsWith('Describe')) writeGuard();
        const start = performance.now();
        let outcome = 'success';
        try {
          const answer = await next(args);
          if (mayBeDone) markUncertain((answer as { output?: unknown }).output);
          return answer;
        } catch (error) {
          outcome = errorCode(error) || 'Error';
          mayBeDone ||= isUncertain(error);
          if (mayBeDone) markUncertain(error);
          if (isThrottle(error)) {
            limits?.throttled(service, operation);
            metrics?.awsThrottled.inc({ service, operation });
          }
          throw error;
        } finally {
          const seconds = (performance.now() - start) / 1000;
          metrics?.awsRequests.inc({ service, operation, outcome });
          metrics?.awsRequestDuration.observe({ service, operation }, seconds);
          logger?.debug('AWS call', { aws: service, operation, outcome, milliseconds: Math.round(seconds * 1000) });
        }
      };
    },
    { step: 'deserialize', priority: 'high', name: 'sluiceAttempt' },
  );
}

function hasCustomEndpoint(): boolean {
  const set = Object.keys(process.env).some((name) => name.startsWith('AWS_ENDPOINT_URL') && process.env[name]);
  return set && process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS !== 'true';
}
