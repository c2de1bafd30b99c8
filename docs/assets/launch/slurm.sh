#!/bin/bash
# One run over two machines: sbatch slurm.sh
#SBATCH --job-name=stories
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=4
#SBATCH --time=00:30:00
#SBATCH --requeue
#SBATCH --output=%x-%j.log

# The first machine of the job is where all processes meet.
HEAD=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)

# One torchrun on each machine; it starts the processes there.
srun torchrun \
  --nnodes="$SLURM_JOB_NUM_NODES" \
  --nproc-per-node=1 \
  --rdzv-id="$SLURM_JOB_ID" \
  --rdzv-backend=c10d \
  --rdzv-endpoint="$HEAD:29500" \
  --max-restarts=3 \
  --no-python llm-foundations train "$SLURM_SUBMIT_DIR/stories"
