package cli

import (
	"path/filepath"

	"parley.example/parley"
)

// fileCmd sends files: a memo whose attachments they are.
type fileCmd struct {
	Send fileSend `cmd:"" help:"Send files to a body: a memo whose attachments they are."`
	Get  fileGet  `cmd:"" help:"Write an attachment of a message, decrypted and checked, to a file."`
}

type fileSend struct {
	To      string   `arg:"" help:"The body addressed, such as borea.example/cert."`
	Files   []string `arg:"" type:"existingfile" help:"The files."`
	Subject string   `short:"s" placeholder:"TEXT" help:"What it is about; default: the file's name."`
	compose
}

func (f *fileSend) Run(c *Context) error {
	if f.Message == nil { // a file needs no words, and standard input is not one
		f.Message = new(string)
	}
	f.File = append(f.Files, f.File...)
	if len(f.File) > parley.MaxBlobs {
		return usage(parley.E(parley.Invalid, "%d files: want at most %d in one message", len(f.File), parley.MaxBlobs))
	}
	r, err := f.request(c, []string{f.To})
	if err != nil {
		return err
	}
	if r.Subject = f.Subject; r.Subject == "" {
		r.Subject = filepath.Base(f.File[0])
	}
	return f.send(c, "file.send", r)
}
