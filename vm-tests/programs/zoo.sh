#!/bin/sh
# The program set in a guest: started, asked, dumped and restored by plain CRIU, ended. Beside zoo.py.
#
#   zoo.sh start TREE [--inside COMMAND] [--own SPACES] PROGRAM...
#                                                   prints what came of each, once all stand; COMMAND, such as
#                                                   "unshare --net", is put in front of the leader's own
#   zoo.sh ask TREE...                              prints a line TREE<tab>JSON for each
#   zoo.sh dump VERSION IMAGES TREE...              IMAGES/TREE gets the images
#   zoo.sh copy VERSION IMAGES TREE [OPTION...]     the same for one tree, which runs on
#   zoo.sh restore VERSION IMAGES SAVED TREE...           restores, asks, ends; a tree that CRIU could not restore has a line
#                                                   TREE<tab>FAILED<tab>why
#   zoo.sh end                                      ends what is there of any tree
#
# CRIU's versions lie in /opt/criu-VERSION. A tree's folder is /srv/zoo/TREE; what CRIU's restore finds there, and in
# /dev/shm, is put back before each restore as it was after the dump.
here=$(dirname "$0")
zoo=/srv/zoo
limit=120 # seconds

fail() { echo "zoo.sh: $*" >&2; exit 1; }

until_true() { # WHAT COMMAND...: waits up to the limit
  what=$1
  shift
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -le $((limit * 10)) ] || fail "waited $limit s for $what"
    sleep 0.1
  done
}

none_left() { # PID...: true once init has taken notice of the end of each, which takes it seconds
  for pid in "$@"; do
    [ ! -e "/proc/$pid" ] || return 1
  done
}

members() { # TREE...: the PIDs of all that is there of the trees, zombies too
  for tree in "$@"; do
    pgrep -s "$(cat "$zoo/$tree.pid")"
  done
  # Some programs of the set start sessions of their own.
  pgrep -f "$here/zoo.py"
}

imaged() { # IMAGES...: the PIDs and TIDs that a restore of these images needs
  for images in "$@"; do
    ls "$images" | sed -n 's/^core-\([0-9]*\)\.img$/\1/p'
  done
}

start() {
  tree=$1 inside=
  shift
  if [ "$1" = --inside ]; then
    inside=$2
    shift 2
  fi
  rm -rf "${zoo:?}/$tree"
  mkdir -p "$zoo/$tree"
  # What the leader has open is opened inside: CRIU does not see the mounts of another namespace.
  # shellcheck disable=SC2016,SC2086
  setsid $inside sh -c 'out=$1; shift; exec "$@" </dev/null >"$out" 2>&1' sh "$zoo/$tree.out" \
    python3 -ISE "$here/zoo.py" "$zoo/$tree" "$@" </dev/null >/dev/null 2>&1 &
  echo $! >"$zoo/$tree.pid"
  until_true "the programs of $tree to stand" test -e "$zoo/$tree/ready.json"
  # unshare --fork stays the parent of the leader.
  leader=$(cat "$zoo/$tree.pid")
  case $inside in *--fork*) pgrep -P "$leader" >"$zoo/$tree.pid" ;; esac
  cat "$zoo/$tree/ready.json"
}

ask() {
  for tree in "$@"; do
    rm -f "$zoo/$tree/verdicts.json"
    kill -USR1 "$(cat "$zoo/$tree.pid")" || fail "$tree does not run"
  done
  for tree in "$@"; do
    until_true "the verdicts of $tree" test -e "$zoo/$tree/verdicts.json"
    printf '%s\t' "$tree"
    cat "$zoo/$tree/verdicts.json"
    echo
  done
}

end() {
  pids=$(members $(ls "$zoo" | sed -n 's/\.pid$//p'))
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
  # shellcheck disable=SC2086
  until_true "the end of all programs" none_left $pids
}

options() { # TREE: the same as ckpt's, but for the tree whose cgroups matter
  echo "--tcp-established --network-lock nftables --file-locks --link-remap --ghost-limit 1048576"
  case $1 in
    cgroups) echo "--manage-cgroups=soft" ;;
    *) echo "--manage-cgroups=ignore" ;;
  esac
}

criu() { # VERSION ARGUMENTS...: what this version knows of the kernel is kept apart from what others know
  version=$1
  shift
  rm -f /run/criu.kdat
  [ ! -e "/run/criu-$version.kdat" ] || cp "/run/criu-$version.kdat" /run/criu.kdat
  "/opt/criu-$version/criu" "$@"
  status=$?
  [ -e "/run/criu-$version.kdat" ] || cp /run/criu.kdat "/run/criu-$version.kdat" 2>/dev/null
  return $status
}

in_memory() { # IMAGES: where the files of /dev/shm are kept that belong to these images
  echo "/dev/shm/.kept$(echo "$1" | tr / -)"
}

keep_memory() { # IMAGES
  kept=$(in_memory "$1")
  rm -rf "$kept"
  mkdir "$kept"
  find /dev/shm -maxdepth 1 -type f -exec cp -al {} "$kept" \;
}

put_back_memory() { # IMAGES
  find /dev/shm -maxdepth 1 -type f -delete
  cp -al "$(in_memory "$1")/." /dev/shm
}

dump() {
  version=$1 images=$2
  shift 2
  for tree in "$@"; do
    mkdir -p "$images/$tree"
    # shellcheck disable=SC2046
    criu "$version" dump -t "$(cat "$zoo/$tree.pid")" -D "$images/$tree" -o "$images/$tree.log" -v2 \
      $(options "$tree") >/dev/null 2>&1 || fail "$tree: $(errors "$images/$tree.log")"
    rm -rf "$images/$tree.work"
    cp -al "$zoo/$tree/work" "$images/$tree.work"
  done
  keep_memory "$images"
  nft flush ruleset
}

copy() {
  version=$1 images=$2 tree=$3
  shift 3
  mkdir -p "$images/$tree"
  # shellcheck disable=SC2046
  criu "$version" dump --leave-running -t "$(cat "$zoo/$tree.pid")" -D "$images/$tree" -o "$images/$tree.log" -v2 \
    $(options "$tree") "$@" >/dev/null 2>&1 || fail "$tree: $(errors "$images/$tree.log")"
}

errors() { grep Error "$1" | grep -v -e RLIMIT_NOFILE -e 'create tun' | tail -3 | tr '\n\t' '  '; }

restore() {
  version=$1 images=$2 saved=$3
  shift 3
  nft flush ruleset
  alive=
  put_back_memory "$saved"
  for tree in "$@"; do
    rm -rf "$zoo/$tree/work"
    cp -al "$saved/$tree.work" "$zoo/$tree/work"
    log=/root/restore-$tree.log
    # shellcheck disable=SC2046
    until_true "the PIDs of $tree to be free" none_left $(imaged "$images/$tree")
    # shellcheck disable=SC2046
    if criu "$version" restore -d -D "$images/$tree" -o "$log" -v2 $(options "$tree") >/dev/null 2>&1; then
      alive="$alive $tree"
    else
      printf '%s\tFAILED\t%s\n' "$tree" "$(errors "$log")"
    fi
  done
  [ -z "$alive" ] || ask $alive
  end
}

command=$1
shift
case $command in
  start | ask | dump | copy | restore | end) "$command" "$@" ;;
  *) fail "unknown command $command" ;;
esac
