#!/bin/sh
# A CRIU that misbehaves as FAKE says. It answers --version and check like a real one; for dump and restore:
#   dies          ends with 1 at once, without a log
#   signalled     ends by a signal
#   lies          says that it succeeded, and did nothing
#   hangs         does nothing for ever
#   garbage       writes images of noise, reaches the hook, and does as the hook says
#   empty         reaches the hook without any image
#   deaf          runs the real one, and fails after the hook said yes
#   half          runs the real one, with one image cut short before the hook
#   stuck         runs the real one, and does not end
#   fills         runs the real one, and lets FILL make the disk full when it is let begin
#   fills-late    the same at the hook: all images are there then
# REAL is the real one.
case "$1" in --version | check) exec "$REAL" "$@" ;; esac
action=$1
for word; do
  case "$last" in
    --images-dir) images=$word ;;
    --log-file) log=$word ;;
    --action-script) script=$word ;;
  esac
  last=$word
done
stage=post-dump
[ "$action" = restore ] && stage=post-restore
hook() { CRTOOLS_SCRIPT_ACTION=$stage "$script"; }
case "$FAKE" in
  dies) exit 1 ;;
  signalled) kill -9 $$ ;;
  lies) exit 0 ;;
  hangs) sleep 1000 ;;
  garbage)
    for name in inventory pstree core-1 files; do head -c 300 /dev/urandom >"$images/$name.img"; done
    hook || exit 1
    ;;
  empty) hook || exit 1 ;;
  deaf)
    "$REAL" "$@"
    echo '(00.1) Error (fake.c:1): the fake is deaf' >>"$log"
    exit 1
    ;;
  half)
    cut="$images/../cut"
    printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = %s ] || exit 0\ncd "%s" && truncate -s -3 pstree.img\n' "$stage" "$images" >"$cut"
    chmod 700 "$cut"
    exec "$REAL" "$@" --action-script "$cut"
    ;;
  stuck)
    "$REAL" "$@"
    sleep 1000
    ;;
  fills)
    fill="$images/../fill"
    printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = pre-dump ] || exit 0\n%s\n' "$FILL" >"$fill"
    chmod 700 "$fill"
    # CRIU runs the script named last first (criu/action-scripts.c, add_script()): the gate has to be passed before this.
    shift
    exec "$REAL" "$action" --action-script "$fill" "$@"
    ;;
  fills-late)
    fill="$images/../fill"
    printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = %s ] || exit 0\n%s\n' "$stage" "$FILL" >"$fill"
    chmod 700 "$fill"
    exec "$REAL" "$@" --action-script "$fill"
    ;;
esac
