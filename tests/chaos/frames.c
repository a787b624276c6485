#include "frames.h"

#include <string.h>

enum {
	CODE_SSL = 80877103,
	CODE_GSS = 80877104,
	LENGTH_MAX = 0x40000000,
};

void frames_init_client(struct frames *frames)
{
	*frames = (struct frames){ .untyped = true };
}

void frames_init_server(struct frames *frames)
{
	*frames = (struct frames){ .untyped = false };
}

static uint32_t number_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static size_t head_size(const struct frames *frames)
{
	return frames->untyped ? 8 : 5;
}

/* The head is there: what kind of message it is and how much follows. */
static void head_read(struct frames *frames)
{
	uint32_t length = number_at(frames->head + (frames->untyped ? 0 : 1));
	uint32_t least = frames->untyped ? 8 : 4;
	uint32_t code = frames->untyped ? number_at(frames->head + 4) : 0;

	if (length < least || length > LENGTH_MAX) {
		frames->is_lost = true;
		return;
	}
	frames->left = length - least;
	if (!frames->untyped)
		return;
	if (code == CODE_SSL || code == CODE_GSS)
		frames->type = FRAME_ENCRYPT;
	else
		frames->untyped = false;
}

static size_t step_in_head(struct frames *frames, const unsigned char *bytes, size_t length,
			   struct frame_step *step)
{
	size_t size = head_size(frames);
	size_t used = size - frames->head_length;

	if (used > length)
		used = length;
	if (frames->head_length == 0)
		frames->type = frames->untyped ? FRAME_STARTUP : (char)bytes[0];
	memcpy(frames->head + frames->head_length, bytes, used);
	frames->head_length += used;
	if (frames->head_length == size)
		head_read(frames);
	if (frames->head_length == size && !frames->is_lost && frames->left == 0) {
		frames->head_length = 0;
		step->complete = true;
	}
	return used;
}

size_t frames_step(struct frames *frames, const unsigned char *bytes, size_t length,
		   struct frame_step *step)
{
	size_t used = length;

	*step = (struct frame_step){ .begins = frames->head_length == 0 && frames->left == 0 };
	if (frames->is_lost) {
		*step = (struct frame_step){ .type = FRAME_NO_MESSAGE };
		return length;
	}
	if (frames->answers_encrypt) {
		frames->answers_encrypt = false;
		*step = (struct frame_step){ FRAME_ENCRYPT, true, true };
		return 1;
	}
	if (frames->left == 0) {
		used = step_in_head(frames, bytes, length, step);
	} else {
		if (used > frames->left)
			used = (size_t)frames->left;
		frames->left -= used;
		step->complete = frames->left == 0;
		if (step->complete)
			frames->head_length = 0;
	}
	step->type = frames->type;
	return used;
}

const char *frame_text(const unsigned char *message, size_t length)
{
	const char *payload = (const char *)message + 5;
	size_t name;

	if (length <= 5 || message[length - 1] != '\0')
		return "";
	if (message[0] == 'C')
		return payload;
	if (message[0] != 'P')
		return "";
	name = strlen(payload) + 1;
	return 5 + name < length ? payload + name : "";
}
