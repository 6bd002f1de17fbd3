// Package plain says of an error what a person can act upon: what Go's libraries report
// of files, connections, numbers and times is put into plain words where it stands in a
// message. It is trusted with nothing: the error itself, its kind and its cause stay as
// they are, for programs and for logs. It never drops a word of ours.
package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Words is the message of err in plain words; "" where err is nil.
func Words(err error) string {
	if err == nil {
		return ""
	}
	s := err.Error()
	walk(err, func(e error) bool {
		old := e.Error()
		at := strings.LastIndex(s, old)
		if at < 0 {
			return false
		}
		before, after := s[:at], s[at+len(old):]
		words, path := word(e)
		if words == "" {
			return false
		}
		if path != "" && !strings.Contains(before, path) {
			words = path + ": " + words
		}
		s = before + words + after
		return true
	})
	return s
}

// walk visits the chain of an error from the outside; what says is true of goes no deeper.
func walk(err error, says func(error) bool) {
	if err == nil || says(err) {
		return
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		walk(e.Unwrap(), says)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			walk(one, says)
		}
	}
}

// word is what one error of a library says, and of which file; "" where it is none.
func word(err error) (words, path string) {
	switch e := err.(type) {
	case *fs.PathError:
		return reason(e.Err), e.Path
	case *os.LinkError:
		return reason(e.Err), e.New
	case *os.SyscallError:
		return reason(e.Err), ""
	case *url.Error:
		return reason(e.Err), ""
	case *net.OpError:
		return reason(e.Err), ""
	case *net.DNSError:
		return reason(e), ""
	case *time.ParseError:
		return fmt.Sprintf("%.40q is no instant: want one with its zone, such as 2027-01-31T09:00:00Z", e.Value), ""
	case *strconv.NumError:
		return fmt.Sprintf("%.40q is no number", e.Num), ""
	}
	switch err {
	case io.EOF:
		return "the input has ended", ""
	case io.ErrUnexpectedEOF:
		return "it ends too early", ""
	case context.Canceled:
		return "interrupted", ""
	case context.DeadlineExceeded:
		return "no answer in time", ""
	}
	return "", ""
}

// reasons are the causes that an operating system names.
var reasons = []struct {
	is  error
	say string
}{
	{syscall.ENOENT, "there is no such file or folder"},
	{syscall.EACCES, "this user may not"},
	{syscall.EPERM, "this user may not"},
	{syscall.EISDIR, "it is a folder"},
	{syscall.ENOTDIR, "a part of its path is no folder"},
	{syscall.EEXIST, "it is there already"},
	{syscall.ENOSPC, "the disk is full"},
	{syscall.EROFS, "this disk can only be read"},
	{syscall.ECONNREFUSED, "nobody listens there"},
	{syscall.ECONNRESET, "the connection broke off"},
	{syscall.EPIPE, "the connection broke off"},
	{syscall.EHOSTUNREACH, "there is no way to that address"},
	{syscall.ENETUNREACH, "there is no way to that network"},
	{syscall.EADDRINUSE, "another program listens there already"},
	{syscall.EADDRNOTAVAIL, "this machine has no such address"},
	{context.Canceled, "interrupted"},
	{io.ErrUnexpectedEOF, "the connection broke off"},
	{io.EOF, "the connection broke off"},
}

// reason is why an operation failed, without what it was called and on what.
func reason(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return fmt.Sprintf("the name %q is not known", dns.Name)
	}
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return r.say
		}
	}
	var timed interface{ Timeout() bool }
	if errors.As(err, &timed) && timed.Timeout() {
		return "no answer in time"
	}
	return Words(err)
}
