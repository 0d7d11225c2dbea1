import { Counter, Gauge, type Registry } from 'prom-client';
import type { FollowedConfig } from '../config/follow-config.ts';

/** What has become of changes of the configuration: a file that is wrong is not to go unnoticed, though nothing stops working. */
export function registerConfigMetrics(registry: Registry, followed: FollowedConfig): void {
  new Counter({
    name: 'kubezoo_config_loads_total',
    help: 'How often the configuration was read, at the start and after changes, by whether it was good',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ result: 'accepted' }, followed.accepted);
      this.inc({ result: 'refused' }, followed.refused);
    },
  });
  new Gauge({
    name: 'kubezoo_config_last_load_successful',
    help: '0 while the configuration file is wrong, and what was in force before still is',
    registers: [registry],
    collect() {
      this.set(followed.isGood ? 1 : 0);
    },
  });
  new Gauge({
    name: 'kubezoo_config_restart_pending',
    help: 'Settings in the configuration file that take effect when this process is started again',
    registers: [registry],
    collect() {
      this.set(followed.pending);
    },
  });
}
