package cli

import (
	"fmt"
	"io"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// noticeCmd tells in advance of what is no attack.
type noticeCmd struct {
	Give   opening    `cmd:"" help:"Tell in advance of a drill, a scan or maintenance of our own."`
	Change goingOn    `cmd:"" help:"Say what is otherwise than was said before."`
	Cancel goingOn    `cmd:"" help:"Say that it does not take place."`
	End    goingOn    `cmd:"" help:"Say that it is over: what is seen from now on is not ours."`
	List   noticeList `cmd:"" help:"List notices, ours and theirs, the newest first, and where each stands."`
	Now    noticeNow  `cmd:"" help:"Is what I see somebody's announced drill? List what is announced for an instant."`
	Show   noticeShow `cmd:"" help:"Show a notice with all that was said of it."`
}

// forms adds the flags of the forms.
func (n *noticeCmd) forms() {
	n.Give.setForm(parley.KindNotice, parley.NoticeGive)
	n.Change.setForm(parley.KindNotice, parley.NoticeChange)
	n.Cancel.setForm(parley.KindNotice, parley.NoticeCancel)
	n.End.setForm(parley.KindNotice, parley.NoticeEnd)
}

type noticeList struct{ matterPage }

func (n *noticeList) Run(c *Context) error {
	r, err := n.request()
	if err != nil {
		return err
	}
	var list node.NoticeList
	if err := c.Call("notice.list", r, &list); err != nil {
		return err
	}
	return c.Data(list.Notices, func(w io.Writer) { noticeRows(w, list.Notices) })
}

func noticeRows(w io.Writer, list []node.Notice) {
	var cells [][]string
	for i := range list {
		n := &list[i]
		standing := n.Standing
		if n.Late {
			standing += ", told late"
		}
		cells = append(cells, []string{n.Short, standing, n.Sort, string(n.From.Party()), n.Begins, n.Ends, strings.Join(append(n.Networks, n.Domains...), " ")})
	}
	columns(w, []string{"NOTICE", "STANDING", "SORT", "FROM", "BEGINS", "ENDS", "TOUCHES"}, cells)
}

type noticeNow struct {
	About string `arg:"" optional:"" help:"An address, a prefix or a domain that was seen."`
	atFlag
}

func (n *noticeNow) Run(c *Context) error {
	at, err := n.time()
	if err != nil {
		return err
	}
	var list node.Announced
	if err := c.Call("notice.now", node.NoticesNow{At: at, About: n.About}, &list); err != nil {
		return err
	}
	if list.Partial {
		c.Hint("only the newest notices were searched: `parley notice list` shows older ones")
	}
	return c.Data(list.Notices, func(w io.Writer) {
		if len(list.Notices) == 0 {
			fmt.Fprintln(w, "nothing is announced")
			return
		}
		noticeRows(w, list.Notices)
	})
}

type noticeShow struct {
	ID string `arg:"" help:"Any message of the notice's thread, such as aster/118."`
}

func (n *noticeShow) Run(c *Context) error {
	var x node.Notice
	if err := c.Call("notice.show", reading{n.ID, c.reader()}, &x); err != nil {
		return err
	}
	return c.Data(x, func(w io.Writer) {
		fmt.Fprintf(w, "notice %s of a %s, %s\nfrom %s to %s, %s\n", x.Short, x.Sort, x.Standing, x.From, bodies(x.To), x.State)
		fmt.Fprintf(w, "begins %s, ends %s\n", x.Begins, x.Ends)
		zones(w, x.Zones)
		if x.Late {
			fmt.Fprintln(w, "it reached us after it had begun")
		}
		matterSteps(w, x.Steps)
	})
}
