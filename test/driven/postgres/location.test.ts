import { describe, expect, it } from 'vitest';
import { Hosts } from '../../../src/adapters/driven/postgres/hosts.js';
import { identityOf, locationOf, splitHosts } from '../../../src/adapters/driven/postgres/location.js';

describe('a URL of several hosts', () => {
  const url = 'postgres://user:p%40ss@one:5433,two,[::1]:5434/app?sslmode=disable&target_session_attrs=read-write';

  it('is one URL for each host', () => {
    expect(splitHosts(url)).toEqual({
      urls: [
        'postgres://user:p%40ss@one:5433/app?sslmode=disable',
        'postgres://user:p%40ss@two/app?sslmode=disable',
        'postgres://user:p%40ss@[::1]:5434/app?sslmode=disable',
      ],
      needsPrimary: true,
    });
  });

  it('needs a server that accepts writes even without target_session_attrs; a single host does not', () => {
    expect(splitHosts('postgres://one,two/app')).toMatchObject({ needsPrimary: true });
    expect(splitHosts('postgres://one/app')).toEqual({ urls: ['postgres://one/app'], needsPrimary: false });
    expect(splitHosts('postgres://one/app?target_session_attrs=primary')).toMatchObject({ needsPrimary: true });
  });

  it.each(['any', 'read-only', 'standby', 'prefer-standby', ''])('target_session_attrs=%s is refused', attribute => {
    expect(locationOf(`postgres://one,two/app?target_session_attrs=${attribute}`)).toBeNull();
  });

  it.each(['postgres://one,:x/app', 'postgres://one:99999,two/app', 'mysql://one,two/app'])('%s is refused', broken => {
    expect(locationOf(broken)).toBeNull();
  });

  it('is shown without credentials, and is one store in any order', () => {
    expect(locationOf(url)).toEqual({ host: 'one:5433,two,[::1]:5434', database: 'app' });
    expect(identityOf('postgres://a@one,two:5432/app')).toBe(identityOf('postgresql://b@TWO,one:5432/app?x=y'));
  });

  it('makes the next host the current one when connections to the current one fail, many at once or not', () => {
    const hosts = new Hosts(['one', 'two', 'three']);
    for (let failure = 1; failure <= 5; failure += 1) hosts.leave('one');
    expect(hosts.current).toBe('two');
    hosts.leave('two');
    hosts.leave('three');
    expect(hosts.current).toBe('one');
  });
});
