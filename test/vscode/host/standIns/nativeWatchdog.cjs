// Stands in for @vscode/native-watchdog, a C++ addon that ends a host whose parent has died. Whoever
// starts the host here ends its whole process group.
exports.start = () => {};
