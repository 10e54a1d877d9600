"""From journals into the store: rounds of frames, decoded, each record once."""
