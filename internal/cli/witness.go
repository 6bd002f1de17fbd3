package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// witnessCmd runs a witness: a third that cosigns checkpoints, and sees sizes,
// times and hashes only.
type witnessCmd struct {
	Init  witnessInit  `cmd:"" help:"Make the home of a witness: its keys, and the table that names it in an agreement."`
	Serve witnessServe `cmd:"" help:"Cosign the journals of agreements until it is told to stop (c2sp.org/tlog-witness)."`
}

const witnessKeys = "witness.keys"

type witnessInit struct {
	Name  string `arg:"" help:"Its name, a URL without a scheme: witness.example/w1"`
	URL   string `required:"" placeholder:"URL" help:"Where the parties will find it: https://..., or http://... on a closed network."`
	Title string `help:"What people call it; default: its name."`
}

// Run makes keys once; a second run finds them and refuses.
func (w *witnessInit) Run(c *Context) error {
	var text, table bytes.Buffer
	var vkeys []string
	for _, typ := range []byte{proof.TypeCosignature, proof.TypeMLDSA44} {
		s, err := proof.GenerateKey(rand.Reader, typ, w.Name)
		if err != nil {
			return usage(err)
		}
		fmt.Fprintln(&text, s.Text())
		vkeys = append(vkeys, fmt.Sprintf("%q", s.Key()))
	}
	if err := os.MkdirAll(c.Home, 0o700); err != nil {
		return parley.E(parley.Invalid, "cannot make the home %s: %w", c.Home, err)
	}
	f, err := os.OpenFile(filepath.Join(c.Home, witnessKeys), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return parley.E(parley.Conflict, "cannot make keys in %s: %w", c.Home, err).WithHint("a witness whose keys are lost gets another name or key by an amendment")
	}
	_, err = f.Write(text.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return parley.E(parley.Internal, "write keys: %w", err)
	}
	title := w.Title
	if title == "" {
		title = w.Name
	}
	fmt.Fprintf(&table, "\n[[eyes.witness]]\nname = %q\ntitle = { en = %q }\nkeys = [%s]\nurl = %q\ndisinterested = true\n",
		w.Name, title, strings.Join(vkeys, ", "), w.URL)
	_, err = c.Out.Write(table.Bytes())
	c.Hint("this table goes into the draft of the agreement, before anybody signs")
	return err
}

type witnessServe struct {
	Listen     string   `default:"127.0.0.1:7444" help:"Address and port of plain HTTP; a proxy in front of it speaks TLS."`
	Agreements []string `arg:"" help:"The signed agreements whose journals it witnesses."`
}

// Run serves until the context ends. A successor of a journal is witnessed once its
// party has brought the succession, which the identity key in the agreement signed.
func (w *witnessServe) Run(c *Context) error {
	signers, err := readWitnessKeys(c.Home)
	if err != nil {
		return err
	}
	chains, err := witnessed(w.Agreements)
	if err != nil {
		return err
	}
	lock, err := lockHome(node.Home{Dir: c.Home})
	if err != nil {
		return err
	}
	defer lock.Close()
	db, err := sqldb.Open(c, filepath.Join(c.Home, "parley.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	logs, err := openWitnessedLogs(c, db, chains)
	if err != nil {
		return err
	}
	role := &peer.Cosigning{Store: db, Signers: signers, Now: time.Now, Log: logs.keys, Closed: logs.closed, Succeed: logs.succeed}
	l, err := net.Listen("tcp", w.Listen)
	if err != nil {
		return parley.E(parley.Unavailable, "listen on %s: %w", w.Listen, err)
	}
	s := &http.Server{Handler: role.Handler(logs.origins), ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: peer.MaxHeader}
	ctx, stop := context.WithCancel(c)
	var wg sync.WaitGroup
	wg.Go(func() { shutdownWith(ctx, s) })
	c.Say("%s witnesses %s on http://%s", signers[0].Key().Name, count(len(logs.origins()), "journal"), l.Addr())
	err = closed(s.Serve(peer.LimitConns(l, 256, 32)))
	stop()
	wg.Wait() // requests under way still need the database
	return err
}

func readWitnessKeys(home string) ([]proof.Signer, error) {
	b, err := os.ReadFile(filepath.Join(home, witnessKeys))
	if err != nil {
		return nil, parley.E(parley.NotFound, "%s is no home of a witness", home).WithHint("`parley witness init NAME --url URL` makes one")
	}
	var list []proof.Signer
	for line := range strings.Lines(string(b)) {
		s, err := proof.ParseSigner(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil, parley.E(parley.Invalid, "%s holds no key", witnessKeys)
	}
	return list, nil
}

// witnessed reads complete agreements: their journals are witnessed.
func witnessed(files []string) (list []*agreement.Chain, err error) {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		b, err := io.ReadAll(io.LimitReader(f, 4<<20))
		f.Close()
		if err != nil {
			return nil, unreadable(name, err)
		}
		signed, err := agreement.OpenSigned(b)
		if err != nil {
			return nil, err
		}
		if !signed.Complete() {
			return nil, parley.E(parley.Invalid, "%s is not signed by all", name).WithHint("a witness starts with the text that all have signed")
		}
		chain, err := agreement.NewChain(signed)
		if err != nil {
			return nil, err
		}
		list = append(list, chain)
	}
	return list, nil
}
