#!/bin/sh
# After `babs init PROJECT`: let jobs fetch what participants share, too. BABS 0.5 gives a job the folder of its
# participant and the JSON files of the data set's root; films and words lie beside them.
#   common_paths.sh PROJECT [PATH ...]      paths in the data set; without any: stimuli
set -eu
project=$1
shift
[ $# -gt 0 ] || set -- stimuli
job=$project/analysis/code/participant_job.sh
root=$(sed -n 's|^\t-i "\(.*\)/\*json" \\$|\1|p' "$job" | head -n 1)
[ -n "$root" ] || {
    echo "$job fetches no JSON files of the data set's root: another version of BABS made it; add the paths by hand" >&2
    exit 65
}
for path; do
    grep -qF "\"$root/$path\"" "$job" || sed -i "s|^\t-i \"$root/\*json\" .*|&\n\t-i \"$root/$path\" \\\\|" "$job"
done
babs sync-code "$project" --message "Jobs fetch $*"
