# Sourced by the scripts of this folder: each runs one real server for tests.
#
#   services/NAME install        builds or fetches the server, once a version, below $HEADRACE_CACHE (~/.cache/headrace)
#   services/NAME start DIR      installs and starts it and prints its address once it answers; one that runs is left alone
#   services/NAME stop DIR       ends it and waits until it has ended; DIR keeps its data
#   services/NAME kill DIR       ends it as a crash does (SIGKILL)
#   services/NAME status DIR     prints "running ADDRESS", or "stopped" with exit code 3
#
# DIR/NAME holds the data, the log and the pid file of one instance: two instances need two DIRs and two ports. Servers
# listen on 127.0.0.1 only. A script sets `name` and `address`, defines install_server and start_server (in which
# $folder is DIR/NAME), and ends with: run "$@"
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lock=$root/scripts/dependencies.lock
cache=${HEADRACE_CACHE:-$HOME/.cache/headrace}
tools=$cache/services

say() { printf '%s\n' "$name: $*" >&2; }
die() {
  say "error: $1"
  [ $# -lt 2 ] || say "  $2"
  exit 1
}

# When a process began, in clock ticks since boot: with the pid it names a process for good, also after pids come again.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# Prints the pid of the instance; fails where it doesn't run.
server_pid() {
  local pid start
  read -r pid start 2>/dev/null <"$folder/pid" || return 1
  [ -n "$start" ] && [ "$(began "$pid")" = "$start" ] || return 1
  # One that has ended but was not waited for yet is gone.
  [ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1)" != Z ] || return 1
  echo "$pid"
}

# launch COMMAND...: starts the server in a session of its own, with a fresh log; the old one becomes log.old.
launch() {
  [ ! -e "$folder/log" ] || mv "$folder/log" "$folder/log.old"
  setsid "$@" >"$folder/log" 2>&1 </dev/null &
  echo "$! $(began $!)" >"$folder/pid"
}

# wait_until SECONDS COMMAND...: waits until the command succeeds; fails at once where the server ends before.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if ! server_pid >/dev/null; then
      die "the server ended; its last lines: $(tail -n 5 "$folder/log")" "is its port taken? see $folder/log"
    fi
    [ $SECONDS -lt $end ] || die "the server doesn't answer: $*" "see $folder/log"
    sleep 0.1
  done
}

answers() { curl -fsS --max-time 5 -o /dev/null "$1"; }

# end_server SIGNAL: ends the instance and waits for its end, at last with SIGKILL; that kills its children, too.
end_server() {
  local pid
  pid=$(server_pid) || { rm -f "$folder/pid"; return 0; }
  [ "$1" = KILL ] && kill -KILL -- "-$pid" || kill "-$1" "$pid" 2>/dev/null || true
  for _ in $(seq 600); do
    server_pid >/dev/null || break
    sleep 0.05
  done
  if server_pid >/dev/null; then
    say "still there after 30 s: killed"
    kill -KILL -- "-$pid"
  fi
  rm -f "$folder/pid"
}

# go_tool MODULE PACKAGE [TAGS]: builds a command of a Go module into the cache and prints its path. The version and the
# sum of the module are those of scripts/dependencies.lock (kind go-tool).
go_tool() {
  local module=$1 package=$2 tags=${3:-} version sum found target
  read -r version sum < <(awk -v module="$module" '$1 == "go-tool" && $2 == module {print $3, $4}' "$lock") ||
    die "$module isn't in scripts/dependencies.lock"
  target=$tools/${package##*/}-$version
  if [ ! -x "$target/${package##*/}" ]; then
    command -v go >/dev/null || die "the command 'go' is missing" "install Go 1.24 or later and run this again"
    mkdir -p "$target"
    exec 7>"$target/lock"
    flock 7
  fi
  if [ ! -x "$target/${package##*/}" ]; then
    say "building $package $version (minutes, once; log: $target/log)"
    export GOPATH=$cache/go GOCACHE=$cache/go-build GOFLAGS="$(go env GOFLAGS) -p=2"
    found=$(go mod download -json "$module@$version") ||
      die "$module $version could not be fetched" "check the network and GOPROXY, then run again"
    printf '%s' "$found" | grep -qF "\"Sum\": \"$sum\"" ||
      die "$module $version has another checksum than $sum" "compare scripts/dependencies.lock with the module"
    GOBIN=$target/bin go install -tags "$tags" -ldflags '-s -w' "$package@$version" >"$target/log" 2>&1 ||
      die "$package could not be built; its last lines: $(tail -n 3 "$target/log")" "see $target/log"
    mv "$target/bin/${package##*/}" "$target/"
  fi
  echo "$target/${package##*/}"
}

# maven_jars POM [unpack]: fetches the jars that a pom names (one of this folder, or a path below the checkout), or what is
# packed in its archives, once a version, and prints their folder, which is renamed into its place when it is complete.
maven_jars() {
  local pom=$root/services/$1 goal=${2:-copy}-dependencies target command
  case $1 in */*) pom=$root/$1 ;; esac
  target=$tools/$(basename "$1" .pom.xml)-$(sed -n 's:^  <version>\(.*\)</version>:\1:p' "$pom")
  if [ ! -d "$target" ]; then
    for command in java mvn; do
      command -v "$command" >/dev/null || die "the command '$command' is missing" "install it (Java 17 or later, Maven) and run this again"
    done
    mkdir -p "$tools"
    exec 7>"$target.lock"
    flock 7
  fi
  if [ ! -d "$target" ]; then
    say "fetching ${target##*/} (once; log: $target.log)"
    rm -rf "$target.part"
    mvn -B -f "$pom" "dependency:$goal" -DincludeScope=runtime -DoutputDirectory="$target.part" \
      -DmarkersDirectory="$target.part.markers" >"$target.log" 2>&1 ||
      die "Maven failed; its last lines: $(grep -m 3 ERROR "$target.log")" "see $target.log"
    mv "$target.part" "$target"
  fi
  echo "$target"
}

# kafka_log FILE: has a program of Kafka's log to its standard output, which is the log of the instance.
kafka_log() {
  cat >"$1" <<'END'
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
END
}

# kafka_exporter PORT: has a program of Kafka's (JAVA_TOOL_OPTIONS) offer metrics at that port of 127.0.0.1; none: not.
kafka_exporter() {
  [ -n "$1" ] || return 0
  local agent
  agent=$(maven_jars kafka-exporter.pom.xml)
  export JAVA_TOOL_OPTIONS="-javaagent:$(echo "$agent"/jmx_prometheus_javaagent-*.jar)=127.0.0.1:$1:$root/services/kafka-exporter.yml"
}

# debian_package NAME COMMAND: installs a package of Debian's where COMMAND (a path or a name) isn't there.
debian_package() {
  local run=() log=$tools/apt-$1.log
  ! command -v "$2" >/dev/null || return 0
  [ "$(id -u)" = 0 ] || run=(sudo)
  say "installing Debian's $1"
  mkdir -p "$tools"
  # RUNLEVEL keeps the package from starting a server of its own.
  "${run[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1" >"$log" 2>&1 ||
    die "apt-get failed; its last lines: $(tail -n 3 "$log")" "see $log"
}

run() {
  local action=${1:-}
  case $action in
    install) install_server >/dev/null && return ;;
    start | stop | kill | status) [ $# -eq 2 ] || die "$action needs the folder of the instance" "services/$name $action DIR" ;;
    *) die "unknown action '$action'" "services/$name install | start DIR | stop DIR | kill DIR | status DIR" ;;
  esac
  mkdir -p "$2/$name"
  folder=$(cd "$2/$name" && pwd)
  case $action in
    start)
      server_pid >/dev/null || start_server
      echo "$address"
      ;;
    stop) end_server "${stop_signal:-TERM}" ;;
    kill) end_server KILL ;;
    status)
      if server_pid >/dev/null; then echo "running $address"; else echo stopped && return 3; fi
      ;;
  esac
}
