package web

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"parley.example/parley"
)

// file sends an attachment to be saved, never to be shown: what a counterpart
// calls a page or a picture is octets here.
func (h *Handler) file(w http.ResponseWriter, r *request) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= parley.MaxBlobs {
		return parley.E(parley.NotFound, "there is no such file")
	}
	d, err := h.Desk.File(r.Context(), r.session.Officer, r.PathValue("id"), n)
	if err != nil {
		return err
	}
	defer d.Close()
	head := w.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", attachment(d.Name))
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if d.Size >= 0 {
		head.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	}
	if _, err := io.Copy(w, d); err != nil {
		panic(http.ErrAbortHandler) // the browser must not take a part for the whole
	}
	return nil
}

// attachment is the header's value: RFC 6266, with the name in RFC 8187 where it is not ASCII.
func attachment(name string) string {
	name = fileName(name)
	if s := mime.FormatMediaType("attachment", map[string]string{"filename": name}); s != "" {
		return s
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": strings.ToValidUTF8(strconv.Quote(name), "")})
}
