/* In an offline copy the search's shim replaces Worker. Scripts of ours that start one need the real one. */
window.NativeWorker = window.Worker;
