package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/cpu"
)

const handshakePatience = 60 * time.Second

// Command does one piece of work for a console and returns its exit status. The context ends with the session: nobody
// reads what is said afterwards.
type Command func(ctx context.Context, s *Session) uint32

// Server serves a console over connections that the guest has dialled, or over a serial line.
type Server struct {
	config   *ssh.ServerConfig
	commands map[string]Command
	busy     activity
}

// NewServer makes a server that lets in the holder of one key (a line of authorized_keys) and no other.
func NewServer(hostKey ssh.Signer, authorizedKey string, commands map[string]Command) (*Server, error) {
	allowed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(authorizedKey))
	if err != nil {
		return nil, fmt.Errorf("authorizedKey: %w", err)
	}
	config := &ssh.ServerConfig{
		Config:       ssh.Config{Ciphers: ciphers()},
		MaxAuthTries: 3,
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if c.User() == user && bytes.Equal(key.Marshal(), allowed.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("not the console's key")
		},
	}
	config.AddHostKey(hostKey)
	return &Server{config: config, commands: commands}, nil
}

// ciphers leaves AES out where the processor has no instructions for it, as emulated ones: the console's processor has,
// so that the console would choose it, and the guest would spend most of an unpacking on it.
func ciphers() []string {
	if cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ {
		return ssh.SupportedAlgorithms().Ciphers
	}
	return []string{ssh.CipherChaCha20Poly1305}
}

// Serve serves one connection until it ends, and then until the work it asked for has ended too.
// The error is nil if the console had proved its key.
func (s *Server) Serve(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(handshakePatience)); err != nil {
		return err
	}
	heard := &hearing{Conn: conn}
	console, channels, requests, err := ssh.NewServerConn(heard, s.config)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	defer console.Close()
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	go ssh.DiscardRequests(requests)
	ctx, cancel := context.WithCancel(context.Background())
	go keepAlive(ctx, console, heard)
	var work sync.WaitGroup
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			break
		}
		work.Go(func() { s.session(ctx, channel, requests) })
	}
	cancel()
	work.Wait()
	return nil
}

// session runs the one command that a session asks for.
func (s *Server) session(ctx context.Context, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	ctx, cancel := context.WithCancel(ctx)
	session := newSession(channel, s.busy.moved)
	var work sync.WaitGroup
	var run Command
	for request := range requests {
		done := false
		switch request.Type {
		case "exec":
			var exec struct{ Command string }
			if run == nil && ssh.Unmarshal(request.Payload, &exec) == nil {
				run = s.commands[exec.Command]
				done = run != nil
			}
		case "window-change":
			done = session.resized(request.Payload)
		}
		if request.WantReply {
			_ = request.Reply(done, nil)
		}
		if done && request.Type == "exec" {
			ended := s.busy.begin()
			work.Go(func() {
				defer ended()
				finish(channel, run(ctx, session))
			})
		}
	}
	cancel() // the console has closed the session, or the connection is gone
	work.Wait()
}

func finish(channel ssh.Channel, status uint32) {
	_ = channel.CloseWrite()
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(&struct{ Status uint32 }{status}))
	_ = channel.Close()
}
