import type { TcpProxy } from './tcp-proxy.ts';

/** On the way between two programs, until the proxy heals. `random` is uniform in [0, 1). */
type NetworkFault = (proxy: TcpProxy, random: () => number) => void;

export const NETWORK_FAULTS: Readonly<Record<string, NetworkFault>> = {
  delay: (proxy) => proxy.delay(150),
  loss: (proxy, random) => proxy.lose(0.3, random),
  cut: (proxy) => proxy.cut(),
  'cut in the middle': (proxy, random) => proxy.cutAfter(Math.floor(random() * 20_000)),
  'half-open to the collector': (proxy) => proxy.mute('up'),
  'half-open to the agent': (proxy) => proxy.mute('down'),
  stall: (proxy) => proxy.stall(true),
  reset: (proxy) => {
    proxy.refuse(true);
    proxy.cut();
  },
  'slow reader': (proxy) => proxy.throttle(20_000),
  reorder: (proxy) => {
    proxy.reorder(true);
    proxy.cut();
  },
};
