# The command line of ./dev test.

# Reads the command line into SUITES MATCH DEVICE LEVELS JSON PRESET DIR.
parse_test_arguments() {
  SUITES=() MATCH='' DEVICE='' LEVELS='' JSON='' PRESET=release DIR=''
  while (($# > 0)); do
    case $1 in
      --match | --device | --cpu | --json | --preset | --dir)
        (($# >= 2)) || wrong "$1 wants a value"
        case $1 in
          --match) MATCH=$2 ;;
          --device) DEVICE=$2 ;;
          --cpu) LEVELS=$2 ;;
          --json) JSON=$2 ;;
          --preset) PRESET=$2 ;;
          --dir) DIR=$2 ;;
        esac
        shift 2
        ;;
      -*) wrong "test: unknown option '$1'" ;;
      *) SUITES+=("$1") && shift ;;
    esac
  done
  check_test_arguments
}

check_test_arguments() {
  local suite level known
  is_preset "$PRESET" || wrong "unknown preset '$PRESET'"
  [[ -z $DEVICE || $DEVICE =~ ^(cpu|opencl:[0-9]+)$ ]] || wrong "--device is cpu or opencl:N"
  [[ -z $DIR || -d $DIR ]] || wrong "--dir: no folder '$DIR'"
  [[ -z $JSON || -d $(dirname "$JSON") ]] || wrong "--json: no folder for '$JSON'"
  known=$(suite_names)
  for suite in "${SUITES[@]}"; do
    [[ $suite != full ]] || wrong "full stands first: ./dev test full [--resume] [PART...]"
    grep -qxF -e "$suite" <<<"$known" || wrong "no suite '$suite'; there are: ${known//$'\n'/ }"
  done
  known=$(cpu_levels)
  for level in ${LEVELS//,/ }; do
    grep -qxF -e "$level" <<<"$known" || wrong "--cpu $level: this machine has ${known//$'\n'/, }"
  done
  if [[ -n $MATCH ]]; then
    local status=0
    [[ '' =~ $MATCH ]] 2>/dev/null || status=$?
    ((status != 2)) || wrong "--match: not a regular expression: '$MATCH'"
  fi
}
