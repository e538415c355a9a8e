/** What the box holds besides Debian, the guest files and the kernels, as texts. */

export const boxKernels = { old: '6.1', new: '6.12' } as const;

/** `apt` and `less` are for the person who logs in; ssh and sudo are what Vagrant asks of a box. */
export const boxRootfs = {
  suite: 'trixie',
  kind: 'systemd',
  packages: ['apt', 'less', 'openssh-server', 'sudo'],
} as const;

/** Bytes of the box's disk; the file is sparse. */
export const boxDiskBytes = 8 * 1024 ** 3;

/**
 * The kernels' command line. PIDs of each boot come from a range of their own (see guest/initramfs/init), as
 * otherwise the services of the new boot would sit on PIDs that the frozen processes need. The rest saves
 * an emulated CPU seconds of work.
 */
const commandLine =
  'root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet ckpt.pids=apart ' +
  'mitigations=off audit=0 random.trust_cpu=on no_timer_check cryptomgr.notests';

export const sudoers = 'vagrant ALL=(ALL) NOPASSWD:ALL\n';

/** Logins that do not wait for a name server that is not there. */
export const sshdConfig = 'UseDNS no\nGSSAPIAuthentication no\nPrintMotd no\n';

export const metadata = `${JSON.stringify({
  provider: 'libvirt',
  format: 'qcow2',
  virtual_size: boxDiskBytes / 1024 ** 3,
})}\n`;

/**
 * The Vagrantfile inside the box: its key and, as the disk has no boot loader, its kernels. `CKPT_KERNEL=new` makes
 * `vagrant up` or `vagrant reload` start the other one: a kexec lasts only until the next halt.
 */
export const embeddedVagrantfile = `kernel = ENV.fetch("CKPT_KERNEL", "old")
Vagrant.configure("2") do |config|
  config.ssh.private_key_path = File.expand_path("id", __dir__)
  config.vm.provider :libvirt do |lv|
    lv.kernel = File.expand_path("vmlinuz-#{kernel}", __dir__)
    lv.initrd = File.expand_path("initrd-#{kernel}", __dir__)
    lv.cmd_line = "${commandLine}"
  end
end
`;

/** The file names in a box, in the order in which Vagrant likes to meet them. */
export const boxMembers = [
  'metadata.json',
  'Vagrantfile',
  'id',
  'vmlinuz-old',
  'initrd-old',
  'vmlinuz-new',
  'initrd-new',
  'box.img',
] as const;
