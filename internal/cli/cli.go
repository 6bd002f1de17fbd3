package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"parley.example/parley"
)

//go:generate go test . -run ^TestCommands$ -update

// app is the table of commands; docs/commands.md is made from it.
type app struct {
	Home string `help:"Folder of this party's node." env:"PARLEY_HOME" default:"~/.parley" type:"path" placeholder:"DIR"`
	JSON bool   `name:"json" help:"Print data as JSON, from every command that reads."`

	Init      initCmd      `cmd:"" help:"Make a home for a party, or with --archive for an archive: keys, settings, card."`
	Card      cardCmd      `cmd:"" help:"Cards: what two strangers exchange first."`
	Agreement agreementCmd `cmd:"" help:"The text that all parties sign: draft, check, sign, accept."`
	Keys      keysCmd      `cmd:"" help:"Our keys in force: list, rotate, replace a lost identity key."`

	Serve   serveCmd   `cmd:"" help:"Run the node of this home until it is told to stop."`
	Hotline hotlineCmd `cmd:"" help:"Speak and be spoken to, person to person."`
	Request requestCmd `cmd:"" help:"Ask under an article of the agreement: information, assistance, mitigation, preservation, emergency disclosure."`
	Respond respondCmd `cmd:"" help:"Answer a request: acknowledge, offer, progress, result, refuse, cannot-ensure, contest."`

	Incident      incidentCmd      `cmd:"" help:"Report incidents in stages, and see those of others."`
	Notice        noticeCmd        `cmd:"" help:"Tell in advance of drills, scans and maintenance of our own."`
	Vulnerability vulnerabilityCmd `cmd:"" help:"Report vulnerabilities under an embargo that all parties see the end of."`

	Intel intelCmd `cmd:"" help:"Intelligence: take files in, search, send under the agreement, by hand or by rules."`

	Call      callCmd      `cmd:"" help:"Put telephone calls on record, confirm those of others, and tell whose voice it is."`
	File      fileCmd      `cmd:"" help:"Send files, and write received ones."`
	Form      formCmd      `cmd:"" help:"What a message of each kind says: list, show, fill in, check, send."`
	Phrase    phraseCmd    `cmd:"" help:"Speak in the numbered sentences of the agreement's phrasebook."`
	Translate translateCmd `cmd:"" help:"Send a translation of a message: shown beside the original, with you as its translator."`
	Correct   correctCmd   `cmd:"" help:"Send a correction of a message of ours: the original stays, the correction stands beside it."`
	Message   messageCmd   `cmd:"" help:"Show one message of any kind."`
	Inbox     inboxCmd     `cmd:"" help:"List what is addressed to us: first what waits for a person."`
	Sent      sentCmd      `cmd:"" help:"List what we have sent, and what waits in the outbox."`
	Thread    threadCmd    `cmd:"" help:"Follow a matter."`
	Line      lineCmd      `cmd:"" help:"The lines to counterparts, archives and witnesses."`
	Pouch     pouchCmd     `cmd:"" help:"Carry a line as sealed files, where there is no network."`

	Contact contactCmd `cmd:"" help:"Whom to reach, when and how, and whose networks they answer for."`

	Gateway gatewayCmd `cmd:"" help:"The tools of this organisation that read and write here: TAXII 2.1 and MISP."`
	Feed    feedCmd    `cmd:"" help:"What this node fetches from other servers, and pushes to them, by itself."`

	Officer officerCmd `cmd:"" help:"The people of this node: who may act for which body."`
	Watch   watchCmd   `cmd:"" help:"Who has the watch."`
	Alert   alertCmd   `cmd:"" help:"Who was woken, how, and whether it works."`

	Review  reviewCmd  `cmd:"" help:"The account of commitments at a cut: what was due, met, late, disputed, undelivered, open."`
	Prove   proveCmd   `cmd:"" help:"Make an evidence file: who wrote a message and who holds it, that it is unanswered, or that a journal forked."`
	Journal journalCmd `cmd:"" help:"Journals as such: export, resume, succeed."`
	Erase   eraseCmd   `cmd:"" help:"Erase our copy of a message: text, attachments, file keys. Entry, facts and proofs stay."`
	Backup  backupCmd  `cmd:"" help:"Back the whole home up while the node runs, sealed to an age recipient."`
	Restore restoreCmd `cmd:"" help:"Restore a backup into an empty home, or rehearse it."`
	Doctor  doctorCmd  `cmd:"" help:"One screen: disk, lines, clocks, receipts, backup, keys, alarms; exit 0 means go home."`

	Check checkCmd `cmd:"" help:"Verify everything that is stored: exit 3 with the first difference. Or test a route to a counterpart."`
	Demo  demoCmd  `cmd:"" help:"Run two invented parties and an archive on this machine, and let them speak."`

	Witness witnessCmd `cmd:"" help:"Be a witness that an agreement names: cosign checkpoints and see nothing else."`

	Verify verifyCmd `cmd:"" help:"Verify an evidence file: exit 0 proven, 3 not. Needs no home, no node, no network."`

	Help    helpCmd    `cmd:"" help:"Read the handbook and the reference: operate, config."`
	Version versionCmd `cmd:"" help:"Print the version and what it was built from."`
}

// Streams are the three standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs the command that args name and returns the exit code. An interrupt
// or a termination signal ends the command's context; a second one ends the
// process.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return Run(ctx, args, Streams{os.Stdin, os.Stdout, os.Stderr})
}

// Run runs one command and returns the exit code.
func Run(ctx context.Context, args []string, s Streams) int {
	var a app
	c := &Context{Context: ctx, In: s.In, Out: s.Out, Voice: s.Err}
	type exit struct{ code int }
	code, err := func() (code int, err error) {
		defer func() { // kong ends the process after --help; we end the command
			if r := recover(); r != nil {
				e, ok := r.(exit)
				if !ok {
					panic(r)
				}
				if code = e.code; len(args) == 0 {
					code = exitUsage
				}
			}
		}()
		out := s.Out
		if len(args) == 0 {
			out = s.Err
		}
		k, err := grammar(&a, kong.Writers(out, s.Err), kong.Exit(func(code int) { panic(exit{code}) }))
		if err != nil {
			return 0, err
		}
		if len(args) == 0 {
			c.Say("no command: want one of these")
			_, err := k.Parse([]string{"--help"}) // ends above
			return exitUsage, err
		}
		cmd, err := k.Parse(args)
		if err != nil {
			return 0, usage(oneOf(err))
		}
		c.Home, c.JSON = a.Home, a.JSON
		return 0, cmd.RunNode(cmd.Selected(), c) // Run would join the error, and a joined one loses its hint
	}()
	if err == nil {
		return code
	}
	c.complain(err)
	return exitCode(err)
}

// oneOf says of a word that no command has which it could have been.
func oneOf(err error) error {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "unexpected argument") || wrong.Context == nil {
		return err
	}
	var at *kong.Node
	for _, p := range wrong.Context.Path {
		if n := p.Node(); n != nil {
			at = n
		}
	}
	var words []string
	if at != nil {
		for _, child := range at.Children {
			if !child.Hidden {
				words = append(words, child.Name)
			}
		}
	}
	if len(words) == 0 {
		return err
	}
	return parley.E(parley.Invalid, "%w: want one of %s", err, strings.Join(words, ", "))
}

// grammar is the parser of the command line.
func grammar(a *app, more ...kong.Option) (*kong.Kong, error) {
	a.Contact.forms()
	a.Request.forms()
	a.Respond.forms()
	a.Incident.forms()
	a.Notice.forms()
	a.Vulnerability.forms()
	a.Call.forms()
	return kong.New(a, append(more,
		kong.Name("parley"),
		kong.Description("A line between organisations that have signed an agreement: every message proven on both sides."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)...)
}

// errUsage marks what was wrong in how the command was typed.
type errUsage struct{ error }

func (e errUsage) Unwrap() error { return e.error }

// usage makes err a wrong usage, exit code 2: for what a command finds wrong in
// its own flags and arguments.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return errUsage{err}
}

func isUsage(err error) bool {
	var u errUsage
	return errors.As(err, &u)
}
