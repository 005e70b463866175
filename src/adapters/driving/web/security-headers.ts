import helmet from 'helmet';

/**
 * Headers for an API: its answers are data, to be shown in no page and kept in no cache (OWASP HTTP Headers and REST
 * Security Cheat Sheets).
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] },
  },
  xFrameOptions: { action: 'deny' },
});
