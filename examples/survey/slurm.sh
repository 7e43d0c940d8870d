#!/usr/bin/env bash
# A survey as a SLURM array: each task judges a share of the inputs, the last job makes the tables.
#
#   N=16
#   array=$(sbatch --parsable --array=1-$N --export=ALL,SHARES=$N slurm.sh judge ROOT OUT)
#   sbatch --dependency=afterany:$array slurm.sh finish ROOT OUT
#
# All tasks write to the folder OUT, each its own journal. A task that was lost costs time, and
# nothing else: requeue it, or let "finish" judge what is missing.
#SBATCH --job-name=viewer-check
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=1G
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
set -euo pipefail

step=$1 root=$2 out=$3
survey=(viewer-check survey "$root" --out "$out" --resume --jobs "${SLURM_CPUS_PER_TASK:-1}")

case $step in
    judge) exec "${survey[@]}" --part "$SLURM_ARRAY_TASK_ID/$SHARES" ;;
    finish) exec "${survey[@]}" ;;
    *)
        echo "slurm.sh: judge or finish, not $step" >&2
        exit 2
        ;;
esac
