/**
 * The environment in which a program of systemd's (systemctl, busctl) waits for an answer as long as we wait for the program, in ms:
 * by itself it gives up after 25 s (src/libsystemd/sd-bus/bus-internal.h, BUS_DEFAULT_TIMEOUT), as long as a reload, or a boot,
 * keeps systemd from answering.
 */
export function busPatience(limit: number): Readonly<Record<string, string>> {
  return { SYSTEMD_BUS_TIMEOUT: `${Math.ceil(limit / 1000)}s` };
}
