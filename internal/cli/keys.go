package cli

import (
	"context"
	"fmt"
	"io"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/proof"
)

// keysCmd is about our keys in the agreements that are in force.
type keysCmd struct {
	List     keysList     `cmd:"" help:"List the keys of all parties that are in force now."`
	Rotate   keysRotate   `cmd:"" help:"Make a new key, and say so in every agreement. Signing and release keys need the identity key in the home."`
	Forget   keysForget   `cmd:"" help:"Destroy a body's age identities that are no longer in force; what they opened stays readable."`
	Address  keysAddress  `cmd:"" help:"Say at which address counterparts reach this node from now on."`
	Body     keysBody     `cmd:"" help:"Make the keys of a new body of ours, and print its table for the draft of an amendment."`
	Identity keysIdentity `cmd:"" help:"Replace a lost identity key, by the word of all other parties."`
}

type keysIdentity struct {
	New   keysLost  `cmd:"" help:"Make a new identity key, and the text that all other parties sign."`
	Agree keysAgree `cmd:"" help:"Sign the text by which a counterpart replaces its lost identity key, after its fingerprint was read aloud."`
	Put   keysPut   `cmd:"" help:"Put the text that all have signed into our journal: the new identity key is in force."`
}

// keysBody makes the keys of a body that an amendment adds.
type keysBody struct {
	Name     string   `arg:"" help:"The part after the slash, such as csirt."`
	Title    string   `required:"" placeholder:"TEXT" help:"What it is called."`
	Language string   `placeholder:"TAG" help:"The language of the title; default: our card's first."`
	Role     []string `short:"r" required:"" placeholder:"WORD" help:"technical, diplomatic, law-enforcement, leadership, or another word. Repeat for more."`
	Output   string   `short:"o" placeholder:"FILE" help:"Write the table there instead of to standard output."`
}

// Run makes the keys once; again it prints the same table. KEYS-1, AGREEMENT-22
func (k keysBody) Run(c *Context) error {
	card, err := ownCard(c.Home)
	if err != nil {
		return err
	}
	if card.Party == nil {
		return parley.E(parley.Forbidden, "an archive has no bodies")
	}
	name, err := parley.ParseBody(string(card.Party.Name) + "/" + k.Name)
	if err != nil {
		return usage(err)
	}
	language := k.Language
	if language == "" {
		language = card.Party.Languages[0]
	}
	h := node.Home{Dir: c.Home}
	if _, err := h.BodySigner(name); parley.KindOf(err) == parley.NotFound && err != nil {
		if err := h.CreateBody(name); err != nil {
			return err
		}
		c.Say("made keys/body/%s.*: signing, release, age", name.Name())
	} else if err != nil {
		return err
	}
	body, err := h.OfferBody(card.Party.Name, node.SetupBody{Name: k.Name, Title: agreement.Texts{language: k.Title}, Roles: k.Role})
	if err != nil {
		return err
	}
	c.Hint("put it behind the last [[party.body]] of %s in the draft that `parley agreement amend` makes; then all parties sign", card.Party.Name)
	if c.JSON {
		return c.Data(body, nil)
	}
	return writeOut(c, k.Output, agreement.FormatBody(body))
}

// identityFlag is a flag of every command that needs the identity key.
type identityFlag struct {
	Identity string `type:"path" placeholder:"FILE" help:"The identity key, where it is kept outside the home."`
}

// path is absolute: the node that serves the home reads it.
func (f identityFlag) path() string { return f.Identity }

type keysList struct {
	Agreement string `arg:"" optional:"" help:"The agreement, where there is more than one."`
}

// Run lists keys. KEYS-7
func (v keysList) Run(c *Context) error {
	list := []node.KeyStatus{}
	if err := c.Call("keys.list", named{v.Agreement}, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		rows := make([][]string, len(list))
		for i, k := range list {
			rows[i] = []string{k.Owner, k.Role, k.Key}
		}
		columns(w, []string{"OF", "ROLE", "KEY"}, rows)
	})
}

type keysRotate struct {
	What string `arg:"" enum:"signing,release,age,tls,mirror" help:"signing, release, age, tls or mirror. The TLS key changes in three steps, each when it is asked for; the mirror's keys change while the node is stopped."`
	Body string `arg:"" optional:"" help:"The body, such as cert."`
	identityFlag
}

// Run replaces a key. KEYS-5, KEYS-6
func (v keysRotate) Run(c *Context) error {
	if v.What == "tls" {
		var out node.RotatedTLS
		if err := c.Call("keys.rotate-tls", ctl.None{}, &out); err != nil {
			return err
		}
		if out.Next != "" {
			c.Hint("%s", out.Next)
		}
		return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\n", out.Step, out.Pin) })
	}
	in := node.RotateIn{What: v.What, Body: v.Body, Identity: v.path()}
	if v.What == "mirror" {
		return printRotated(c, "keys.rotate-mirror", in)
	}
	return printRotated(c, "keys.rotate", in)
}

// rotateMirror refuses while the node serves: a mirror that signs meanwhile would
// make the sizes wrong that the entry states. KEYS-8
func (h *house) rotateMirror(ctx context.Context, in node.RotateIn) ([]node.Rotated, error) {
	if h.serving {
		return nil, parley.E(parley.Conflict, "the node is running: the mirror's keys change while nothing is cosigned").
			WithHint("stop `parley serve`, ask again, start it again")
	}
	return h.node.RotateMirror(ctx, in)
}

type keysForget struct {
	Body string `arg:"" help:"The body, such as cert."`
}

// Run destroys old age identities. KEYS-4
func (v keysForget) Run(c *Context) error {
	var out node.Forgotten
	if err := c.Call("keys.forget", named{v.Body}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s\t%d\n", out.Body, out.Destroyed) })
}

type keysAddress struct {
	Address string `arg:"" help:"HOST:PORT, or - where the node opens no port from now on."`
}

// Run says a new address. KEYS-5
func (v keysAddress) Run(c *Context) error {
	return printRotated(c, "keys.rotate", node.RotateIn{What: "address", Address: v.Address})
}

func printRotated(c *Context, call string, in any) error {
	list := []node.Rotated{}
	if err := c.Call(call, in, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		for _, r := range list {
			fmt.Fprintf(w, "%s\t%s\n", r.Agreement.String()[:8], r.Entry)
		}
	})
}

type keysLost struct {
	Agreement string `placeholder:"ID" help:"The agreement, where there is more than one."`
	Output    string `short:"o" placeholder:"FILE" help:"Write the text there instead of to standard output."`
}

// Run makes a new identity key and the text that replaces the lost one. KEYS-9
func (v keysLost) Run(c *Context) error {
	var out node.ReplacementText
	if err := c.Call("keys.lost", named{v.Agreement}, &out); err != nil {
		return err
	}
	c.Say("fingerprint, to be read aloud to every other party: %s", out.Fingerprint)
	c.Hint("every other party signs it: parley keys identity agree FILE; then: parley keys identity put FILE")
	if c.JSON {
		return c.Data(out, nil)
	}
	return writeOut(c, v.Output, []byte(out.Note))
}

type keysAgree struct {
	File        string `arg:"" help:"The text, as the counterpart sent it."`
	Fingerprint string `required:"" placeholder:"F" help:"The fingerprint that the counterpart has read aloud."`
	Output      string `short:"o" placeholder:"FILE" help:"Write the signed copy there instead of to standard output."`
	identityFlag
}

// Run adds our identity key's line. KEYS-9
func (v keysAgree) Run(c *Context) error {
	raw, err := readBounded(c, v.File, agreement.MaxCard)
	if err != nil {
		return err
	}
	x, n, err := agreement.ParseReplacement(raw)
	if err != nil {
		return inFile(v.File, err)
	}
	if !sameFingerprint(v.Fingerprint, x.Fingerprint()) {
		return parley.E(parley.Untrusted, "%s has another fingerprint: %s", v.File, x.Fingerprint()).WithHint("somebody else may have made this text: ask again, by voice")
	}
	identity, err := node.Home{Dir: c.Home}.WithIdentity(v.path()).Identity()
	if err != nil {
		return err
	}
	if n, err = x.AddLine(n, identity); err != nil {
		return err
	}
	c.Say("signed: %s speaks with the key %08x from now on, once it stands in its journal", x.Journal.Party(), x.New.ID)
	return writeOut(c, v.Output, n.Bytes())
}

type keysPut struct {
	File []string `arg:"" help:"The signed copies; their lines are put together."`
}

// Run puts the replacement into our journal. KEYS-9
func (v keysPut) Run(c *Context) error {
	var whole proof.Note
	for _, file := range v.File {
		raw, err := readBounded(c, file, agreement.MaxCard)
		if err != nil {
			return err
		}
		_, n, err := agreement.ParseReplacement(raw)
		if err != nil {
			return inFile(file, err)
		}
		if whole.Text != "" && whole.Text != n.Text {
			return parley.E(parley.Conflict, "%s holds another text than %s", file, v.File[0])
		}
		whole.Text = n.Text
		whole.Lines = append(whole.Lines, n.Lines...)
	}
	if len(whole.Lines) == 0 {
		return parley.E(parley.Conflict, "nobody has signed %s", v.File[0])
	}
	var out node.Rotated
	if err := c.Call("keys.put", node.ReplacementText{Note: string(whole.Bytes())}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\n", out.Agreement.String()[:8], out.Entry) })
}
