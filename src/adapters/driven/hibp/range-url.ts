const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Returns why the text cannot be the URL of a range service, as the end of a sentence, or null. The hash prefixes must
 * not be readable or the answers changeable on the way, so http is for loopback only.
 */
export function rangeUrlFlaw(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!url || !isSecure) {
    return 'must be an https URL such as https://api.pwnedpasswords.com/range/ (http only for a loopback host)';
  }
  if (url.username || url.password || /[?#]/.test(text)) return 'must have no user, password, query or fragment';
  return null;
}
