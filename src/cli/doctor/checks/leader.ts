import { connectEtcd, readFromEtcd } from '../../../tenants/etcd-client.ts';
import { type Check, failure, ok } from '../check.ts';

/** A key that a controller holds by its lease: no key, no leader. */
export const leader: Check = {
  name: 'leader',
  title: 'controller',
  about: 'a controller leads',
  async run({ config }) {
    const client = connectEtcd(config.etcdEndpoints, config.etcd);
    try {
      const { kvs } = await readFromEtcd(() => client.kv.range({ key: Buffer.from(`${config.etcdPrefix}leader/controller`) }));
      if (kvs[0]) return [ok(`${kvs[0].value.toString()} leads`)];
      return [failure('none leads: tenants are neither made nor removed', 'start one: kubezoo controller --config …')];
    } finally {
      client.close();
    }
  },
};
