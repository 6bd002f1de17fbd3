package cli

import (
	"fmt"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// hotlineCmd is a person speaking to a person.
type hotlineCmd struct {
	Send    hotlineSend    `cmd:"" help:"Send a message."`
	List    hotlineList    `cmd:"" help:"List the hotline: delivered messages first, then the others; the newest first in each."`
	Show    showCmd        `cmd:"" help:"Show a message, every step of it, and what proves each."`
	Seen    hotlineSeen    `cmd:"" help:"Say that a person has seen a message that was sent to us."`
	Ack     hotlineAck     `cmd:"" help:"Acknowledge a message that was sent to us. This admits nothing."`
	Decline hotlineDecline `cmd:"" help:"Decline a message that was sent to us, with a reason."`
	Undo    undoCmd        `cmd:"" help:"Take back a message that is still held back."`
}

type hotlineSend struct {
	To []string `arg:"" optional:"" help:"The bodies addressed, such as borea.example/cert; with --answers, default: who wrote that."`
	compose
}

func (h *hotlineSend) Run(c *Context) error {
	if len(h.To) == 0 && h.Answers == "" {
		return usage(parley.E(parley.Invalid, "no addressee: want a body such as borea.example/cert, or --answers"))
	}
	r, err := h.request(c, h.To)
	if err != nil {
		return err
	}
	return h.send(c, "hotline.send", r)
}

type hotlineAck struct {
	ID    string `arg:"" help:"The message."`
	Note  string `short:"m" placeholder:"TEXT" help:"A note to its author."`
	Nonce string `placeholder:"HEX" help:"32 hex digits; the same again is the same receipt."`
}

func (h *hotlineAck) Run(c *Context) error {
	return c.answer("hotline.ack", node.AnswerRequest{Message: h.ID, Reason: h.Note, Nonce: h.Nonce})
}

type hotlineDecline struct {
	ID     string `arg:"" help:"The message."`
	Reason string `short:"m" required:"" placeholder:"TEXT" help:"The reason; its author reads it."`
	Nonce  string `placeholder:"HEX" help:"32 hex digits; the same again is the same receipt."`
}

func (h *hotlineDecline) Run(c *Context) error {
	return c.answer("hotline.decline", node.AnswerRequest{Message: h.ID, Reason: h.Reason, Nonce: h.Nonce})
}

func (c *Context) answer(call string, r node.AnswerRequest) error {
	var held node.Held
	if err := c.Call(call, r, &held); err != nil {
		return err
	}
	return c.held(held)
}

type hotlineSeen struct {
	ID    string `arg:"" help:"The message."`
	Nonce string `placeholder:"HEX" help:"32 hex digits; the same again is the same receipt."`
}

func (h *hotlineSeen) Run(c *Context) error {
	return c.answer("hotline.seen", node.AnswerRequest{Message: h.ID, Nonce: h.Nonce})
}

type hotlineList struct{ page }

func (h *hotlineList) Run(c *Context) error { return h.print(c, "hotline.list", deliveredFirst) }

type undoCmd struct {
	Nonce string `arg:"" help:"The nonce that send printed."`
}

func (u *undoCmd) Run(c *Context) error {
	if _, err := parley.ParseNonce(u.Nonce); err != nil {
		return usage(err)
	}
	if err := c.Call("message.undo", named{u.Nonce}, nil); err != nil {
		return err
	}
	return c.Data(map[string]string{"nonce": u.Nonce, "state": "undone"}, func(w io.Writer) { fmt.Fprintf(w, "%s undone\n", u.Nonce) })
}
