package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"parley.example/parley/internal/config"
)

// Exec runs a program of this machine with the pointer as JSON on its standard input.
type Exec struct{ config.Exec }

// Send implements Sender. Exit status 0 is success. The program gets PATH, HOME
// and the pointer, nothing else of this process; what it prints is not kept.
// At its timeout it is killed, with its children where the system can.
func (e Exec) Send(ctx context.Context, p Pointer) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(e.Timeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, e.Command[0], e.Command[1:]...)
	cmd.Stdin = bytes.NewReader(append(raw, '\n'))
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	cmd.Dir = string(filepath.Separator)
	cmd.WaitDelay = 2 * time.Second
	ownGroup(cmd)
	err = cmd.Run()
	name := filepath.Base(e.Command[0])
	switch exit := (*exec.ExitError)(nil); {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s did not end within %s", name, e.Timeout)
	case errors.As(err, &exit):
		return fmt.Errorf("%s ended with %s", name, exit)
	default:
		return fmt.Errorf("%s did not start: %w", name, err)
	}
}
