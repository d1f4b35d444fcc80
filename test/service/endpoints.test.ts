import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../src/kube/objects.ts';
import { endpointsByPort, hostPort, serviceOfSlice } from '../../src/service/endpoints.ts';
import { slice } from '../proxy/make.ts';

const named = (name: string) => ({ ...slice([]).metadata, name });

/** By port, `address:port` and the conditions that aren't the usual ones. */
function read(slices: EndpointSlice[], family: 'IPv4' | 'IPv6' = 'IPv4') {
  const found: Record<string, string[]> = {};
  for (const [port, endpoints] of endpointsByPort(slices, family, 'n1')) {
    found[port] = endpoints.map(({ key, ready, serving, terminating, local }) =>
      [key, !ready && 'unready', !serving && 'idle', terminating && 'terminating', local && 'local']
        .filter(Boolean)
        .join(' '),
    );
  }
  return found;
}

test('ports are told apart by name and protocol', () => {
  const ports = [
    { name: 'http', protocol: 'TCP', port: 8080 },
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns', protocol: 'TCP', port: 5353 },
  ] as const;
  expect(read([slice(['10.0.0.1 here', '10.0.0.2'], { ports: [...ports] })])).toEqual({
    'http/TCP': ['10.0.0.1:8080 local', '10.0.0.2:8080'],
    'dns/UDP': ['10.0.0.1:53 local', '10.0.0.2:53'],
    'dns/TCP': ['10.0.0.1:5353 local', '10.0.0.2:5353'],
  });
});

test('one port name may mean different numbers in different slices', () => {
  const other = { metadata: named('web-2'), ports: [{ name: '', protocol: 'TCP' as const, port: 9090 }] };
  expect(read([slice(['10.0.0.1']), slice(['10.0.0.2'], other)])).toEqual({
    '/TCP': ['10.0.0.1:8080', '10.0.0.2:9090'],
  });
});

test('absent conditions: ready and serving are true, terminating is false', () => {
  expect(read([slice([{ addresses: ['10.0.0.1'] }])])).toEqual({ '/TCP': ['10.0.0.1:8080'] });
});

test.each<[string, string, string, string]>([
  ['the running pod has the address of a terminating one', '10.0.0.1', '10.0.0.1 terminating', '10.0.0.1:8080'],
  ['the same in the other order', '10.0.0.1 terminating', '10.0.0.1', '10.0.0.1:8080'],
  ['of two running ones the last slice counts', '10.0.0.1', '10.0.0.1 unready', '10.0.0.1:8080 unready idle'],
  ['two terminating ones: the first', '10.0.0.1 terminating', '10.0.0.1 dead', '10.0.0.1:8080 unready terminating'],
])('an endpoint in two slices: %s', (_, first, second, expected) => {
  const slices = [slice([first]), slice([second], { metadata: named('web-2') })];
  expect(read(slices)).toEqual({ '/TCP': [expected] });
  // Whichever the store gives first.
  expect(read(slices.toReversed())).toEqual({ '/TCP': [expected] });
});

test('only slices of the family count, and FQDN ones never', () => {
  const slices = [
    slice(['10.0.0.1']),
    slice(['fd00::1'], { addressType: 'IPv6' }),
    slice(['a.example'], { addressType: 'FQDN' }),
  ];
  expect(read(slices)).toEqual({ '/TCP': ['10.0.0.1:8080'] });
  expect(read(slices, 'IPv6')).toEqual({ '/TCP': ['[fd00::1]:8080'] });
});

test('what is empty, without a number or no address is left out', () => {
  expect(read([slice(['10.0.0.1'], { ports: null })])).toEqual({});
  expect(read([slice(['10.0.0.1'], { ports: [{ name: 'all' }] })])).toEqual({});
  expect(read([{ ...slice([]), endpoints: null }])).toEqual({});
  expect(read([slice([{ addresses: [] }, { addresses: ['web'] }, '10.0.0.2'])])).toEqual({ '/TCP': ['10.0.0.2:8080'] });
});

test('a slice says whose it is, or nothing', () => {
  expect(serviceOfSlice(slice([]))).toBe('demo/web');
  expect(serviceOfSlice({ ...slice([]), metadata: { ...slice([]).metadata, labels: {} } })).toBeUndefined();
});

test('addresses of IPv6 stand in brackets before a port', () => {
  expect([hostPort('10.0.0.1', 80), hostPort('fd00::1', 80)]).toEqual(['10.0.0.1:80', '[fd00::1]:80']);
});
