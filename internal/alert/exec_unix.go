//go:build unix

package alert

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the program into a process group of its own and kills that.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
